import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DataAnswer } from '../../../src/cli/data-run';
import { enterCredentials } from '../../support/s3/environment';
import { Places } from '../../support/s3/places';
import { startVersitygw, VERSITYGW } from '../../support/s3/servers';
import { Terminal } from '../support';

jest.setTimeout(60_000);

const KEYS = ['a/b', 'a-b', 'empty', 'odd/%2F +ü\u{1F600}', 'large'];
const LARGE_BYTES = 20 * 1_048_576 + 3;

let places: Places;
let leave: () => void;
let root: string;
let states = 0;

async function startAll(): Promise<void> {
  places = await Places.on(startVersitygw(VERSITYGW ?? ''));
  leave = enterCredentials(places.server);
}

async function stopAll(): Promise<void> {
  leave();
  await places.close();
}

function fill(): void {
  root = mkdtempSync(join(tmpdir(), 'crossfade-data-'));
  for (const key of KEYS) {
    mkdirSync(dirname(join(root, 'from', key)), { recursive: true });
    writeFileSync(join(root, 'from', key), randomBytes(key === 'large' ? LARGE_BYTES : key === 'empty' ? 0 : 100));
  }
}

async function data(
  verb: string,
  from: string,
  to: string,
  ...flags: string[]
): Promise<DataAnswer & { code: number }> {
  const ends = [from, to].flatMap((url, index) =>
    url.startsWith('s3:') ? [index === 0 ? '--from-endpoint' : '--to-endpoint', places.server.endpoint] : [],
  );
  const state = ['--state', join(root, `state-${(states += 1)}`)];
  const args = ['data', verb, '--from', from, '--to', to, ...state, '--json', ...ends, ...flags];
  const ran = await new Terminal().run(args);
  return { ...(JSON.parse(ran.out) as DataAnswer), code: ran.code };
}

const here = VERSITYGW === undefined ? describe.skip : describe;
here('on versitygw', () => {
  beforeAll(startAll);
  afterAll(stopAll);
  beforeEach(fill);
  afterEach(() => rmSync(root, { recursive: true }));

  test('data copy: directory → bucket → bucket → directory comes back bit by bit, with one root all the way', async () => {
    const [one, two] = [`s3://${await places.bucket()}/p`, `s3://${await places.bucket()}`];
    const up = await data('copy', join(root, 'from'), one);
    const across = await data('copy', one, two);
    const down = await data('copy', two, join(root, 'back'));
    expect([up.code, across.code, down.code]).toEqual([0, 0, 0]);
    expect(up.result.tally.proofs.streamed).toBe(KEYS.length);
    expect(across.result.tally.proofs.stored).toBe(KEYS.length);
    expect([across.result.root, down.result.root]).toEqual([up.result.root, up.result.root]);
    // A foreign word on it.
    expect(execFileSync('diff', ['-r', join(root, 'from'), join(root, 'back')], { encoding: 'utf8' })).toBe('');
  });

  test('data verify: without a manifest, what both buckets state is proof enough, unless bytes are asked for', async () => {
    const [one, two] = [`s3://${await places.bucket()}/p`, `s3://${await places.bucket()}`];
    await data('copy', join(root, 'from'), one);
    await data('copy', one, two);
    const stated = await data('verify', one, two);
    expect(stated.result).toMatchObject({
      isProven: true,
      tally: { same: KEYS.length, proofs: { stored: KEYS.length } },
    });
    const readBack = await data('verify', one, two, '--read');
    expect(readBack.result).toMatchObject({ isProven: true, tally: { proofs: { read: KEYS.length } } });
  });

  test('data copy: a bucket that is not there is one clear error', async () => {
    const { err, code } = await new Terminal().run(
      `data copy --from ${join(root, 'from')} --to s3://no-such-bucket-here --to-endpoint ${places.server.endpoint} --state ${join(root, 's')}`,
    );
    expect(code).toBe(1);
    expect(err).toMatch(/^NotFound: /);
    expect(err).toContain('no-such-bucket-here');
  });
});
