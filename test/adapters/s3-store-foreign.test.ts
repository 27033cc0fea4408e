/* What a stranger says of our copies: rclone reads both sides and compares them. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rclone, remote } from '../../bench/data/peers';
import type { ObjectEntry } from '../../src/ports/object-store';
import { checked, copierOf, listed, NEVER, NO_FACTS, Places } from '../support/s3/places';
import { RCLONE, startVersitygw, VERSITYGW } from '../support/s3/servers';

jest.setTimeout(60_000);

const here = RCLONE === undefined || VERSITYGW === undefined ? describe.skip : describe;
const KEYS = ['a/b.bin', 'a/c d+e.bin', 'f/ü & 模型.bin', 'g%41.bin', "h/'(i)'.bin"];

here('rclone check --download', () => {
  let places: Places;

  beforeAll(async () => {
    places = await Places.on(startVersitygw(VERSITYGW ?? ''));
  });
  afterAll(() => places.close());

  function compare(from: string, to: string): { code: number | null; said: string } {
    const command = rclone(RCLONE ?? '', places.server, ['check', '--download', remote(from), remote(to)]);
    const { status, stderr } = spawnSync(command.program, command.args, {
      env: { ...process.env, ...command.env },
      encoding: 'utf8',
    });
    return { code: status, said: stderr };
  }

  test('copies inside the server: are what rclone finds, and what differs is what it finds too', async () => {
    const [from, to] = [await places.bucket(), await places.bucket()];
    const [source, target] = [await places.open(`s3://${from}`), await places.open(`s3://${to}`)];
    for (const key of KEYS) await source.put(key, checked(randomBytes(10_000)), NO_FACTS, NEVER);
    const entries: ObjectEntry[] = await listed(source);
    for (const entry of entries) await copierOf(target, source).copy(entry, NEVER);

    expect(entries.map(({ key }) => key).sort()).toEqual([...KEYS].sort());
    expect(compare(from, to)).toMatchObject({ code: 0, said: expect.stringContaining('0 differences') as string });
    await target.put('a/b.bin', checked(randomBytes(10_000)), NO_FACTS, NEVER);
    expect(compare(from, to)).toMatchObject({ code: 1, said: expect.stringContaining('1 differences') as string });
  });
});
