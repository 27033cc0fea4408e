import path from 'node:path';
import { packageRoot } from '../../lab/tools';
import { PseudoTerminal } from '../support/pseudo-terminal';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* `crossfade watch` as it is built, on a real terminal, beside a real Temporal server: what a person types arrives. */

const WITHIN_MS = 120_000;
const ASKED = { cutover: { approvals: { beforeFirst: true } } };
const [ESCAPE, ENTER, BACKSPACE, CTRL_C] = ['\u001b', '\r', '\u007f', '\u0003'];

let theatre: Theatre;
let migration: Migration;
let terminal: PseudoTerminal;

beforeAll(async () => {
  theatre = await Theatre.open();
  migration = await Migration.of(theatre, 'typed', ASKED).start();
  await migration.untilGate('cutover-50');
}, WITHIN_MS);

afterAll(async () => {
  await terminal?.close();
  await theatre.close();
});

function watch(): PseudoTerminal {
  const { NO_COLOR: _color, ...env } = process.env;
  const command = [process.execPath, path.join(packageRoot(), 'bin', 'crossfade.js'), 'watch', 'typed'];
  return PseudoTerminal.open(command, { ...env, TERM: 'xterm', TEMPORAL_ADDRESS: theatre.environment.address });
}

test(
  'watch: Escape sends nothing, a reason with Enter answers the gate, and Ctrl-C leaves the migration alone',
  async () => {
    terminal = watch();
    await terminal.shows('a approve   r reject   q quit');
    terminal.type('r');
    await terminal.shows('(Enter: reject, Esc: not)');
    terminal.type(ESCAPE);
    await terminal.shows('nothing was sent');
    terminal.type('a');
    await terminal.shows('(Enter: approve, Esc: not)');
    terminal.type(`looks goodd${BACKSPACE}${ENTER}`);
    await terminal.shows('gate cutover-50: approved');
    terminal.type(CTRL_C);
    const code = await terminal.exitCode();
    const { outcome } = await migration.result();
    const answered = (await migration.records()).filter(({ kind }) => kind === 'gate_answered');

    expect({ code, outcome }).toEqual({ code: 0, outcome: 'completed' });
    expect(answered.map(({ actor }) => actor.reason)).toEqual(['looks good']);
  },
  WITHIN_MS,
);
