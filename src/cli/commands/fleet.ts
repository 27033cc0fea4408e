import type { Command } from 'commander';
import type { FleetSignal, FleetView } from '../../contracts/messages';
import { FLEET_SIGNALS } from '../../contracts/messages';
import type { FleetSpec } from '../../domain/migration-fleet';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, messageOf, onRun, print, withJson, withMessage } from '../options';
import type { CommonFlags, MessageFlags } from '../options';

interface StartFlags extends MessageFlags {
  readonly dryRun?: boolean;
}

/** Many migrations in waves, with one table. */
export function addFleet(program: Command, cli: Cli): void {
  const command = program.command('fleet').description('many migrations, wave by wave');
  example(command, 'crossfade fleet start examples/fleet.yaml --reason "move to AWS"');
  addStart(command, cli);
  addStatus(command, cli);
  for (const signal of FLEET_SIGNALS) addSignal(command, cli, signal);
}

function readFleet(cli: Cli, file: string): { document: unknown; spec: FleetSpec } {
  const document = cli.fleetFile().readFleetFile(file, cli.io.now());
  return { document, spec: cli.spec().parseFleet(document) };
}

function addStart(parent: Command, cli: Cli): void {
  const command = parent
    .command('start')
    .argument('<file>', 'fleet, YAML or JSON')
    .description('check a fleet with all its specs, and start it')
    .option('--dry-run', 'check and print the waves, start nothing');
  example(withMessage(command, cli), 'crossfade fleet start examples/fleet.yaml --reason "move to AWS"');
  onRun<StartFlags>(command, cli, async (file, flags) => {
    const { document, spec } = readFleet(cli, file);
    if (flags.dryRun) return print(cli, flags, { dryRun: true, ...spec }, waveLines(spec));
    await withSession(cli, flags, async (session) => {
      const started = await session.fleets.start(spec.name, document, messageOf(cli, flags));
      print(cli, flags, { fleet: spec.name, ...started }, [
        `started ${started.workflowId}, run ${started.runId}`,
        ...waveLines(spec),
        `  follow it   crossfade fleet status ${file}`,
      ]);
    });
  });
}

function waveLines({ waves, parallelMax, changeWindows, freezes }: FleetSpec): string[] {
  return [
    ...waves.map((wave, index) => `  wave ${index + 1}      ${wave.join(', ')}`),
    `  at a time   ${parallelMax}; ${changeWindows.length} change windows, ${freezes.length} freezes`,
  ];
}

function addStatus(parent: Command, cli: Cli): void {
  const command = parent
    .command('status')
    .argument('<file>', 'fleet, YAML or JSON')
    .description('where every migration of a fleet stands');
  example(withJson(command), 'crossfade fleet status examples/fleet.yaml');
  onRun<CommonFlags>(command, cli, (file, flags) => {
    const name = cli.fleetFile().readFleetName(file);
    return withSession(cli, flags, async ({ fleets }) => {
      const view = await fleets.status(name);
      print(cli, flags, view, statusLines(view));
    });
  });
}

function statusLines({ fleet, wave, waves, paused, gate, waitingFor, outcome }: FleetView): string[] {
  const width = Math.max(...waves.flat().map(({ workload }) => workload.length));
  return [
    `${fleet}: ${outcome ?? `wave ${wave} of ${waves.length}${paused ? ', paused' : ''}`}`,
    ...waves.flatMap((members, index) =>
      members.map(
        ({ workload, standing }) => `  ${index + 1}  ${workload.padEnd(width)}  ${standing.replace('_', ' ')}`,
      ),
    ),
    ...(gate === null ? [] : [`gate ${gate.name}: ${gate.question}`]),
    ...(waitingFor === '' || outcome !== null ? [] : [`waits for ${waitingFor}`]),
  ];
}

const SAYS: Record<FleetSignal, string> = {
  approve: 'go on without the migration that the gate asks about',
  reject: 'start nothing more; what runs goes on by itself',
  pause: 'start nothing new until it is resumed',
  resume: 'start again after a pause',
};

function addSignal(parent: Command, cli: Cli, signal: FleetSignal): void {
  const command = parent.command(signal).argument('<file>', 'fleet, YAML or JSON').description(SAYS[signal]);
  example(withMessage(command, cli), `crossfade fleet ${signal} examples/fleet.yaml --reason "looked at it"`);
  onRun<MessageFlags>(command, cli, (file, flags) => {
    const name = cli.fleetFile().readFleetName(file);
    return withSession(cli, flags, async ({ fleets }) => {
      await fleets.signal(name, signal, messageOf(cli, flags));
      print(cli, flags, { fleet: name, sent: signal }, [`${name}: ${signal} is sent`]);
    });
  });
}
