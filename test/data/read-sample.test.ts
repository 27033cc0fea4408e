import { seededRandom } from '../../src/analysis/random';
import { PairedReads } from '../../src/data/read-sample';
import { MigrationError } from '../../src/domain/errors';
import { MemoryPlace } from './memory-place';

const NEVER = new AbortController().signal;

interface Sides {
  readonly source: MemoryPlace;
  readonly target: MemoryPlace;
  readonly reads: PairedReads;
}

/** @param lateMs of the target's reads, by a clock that moves only with reads. */
function sides(keyCount: number, { lateMs = 0, sizeBytes = 1_000 } = {}): Sides {
  const [source, target] = [new MemoryPlace('s3://old/x'), new MemoryPlace('s3://new/x')];
  for (let index = 0; index < keyCount; index += 1)
    for (const place of [source, target]) place.set(`k${index}`, Buffer.alloc(sizeBytes, index));
  let nowMs = 0;
  source.trouble = (call) => void (call === 'read' && (nowMs += 10));
  target.trouble = (call) => void (call === 'read' && (nowMs += 10 + lateMs));
  const open = async (url: string): Promise<MemoryPlace> => (url === source.url ? source : target);
  return { source, target, reads: new PairedReads(open, { random: seededRandom, clock: () => nowMs }) };
}

const order = (sampleMax: number, seed = 5) => ({ from: 's3://old/x', to: 's3://new/x', sampleMax, seed });
const keysOf = ({ source }: Sides): string[] => source.calls.filter(([call]) => call === 'read').map(([, key]) => key);

test('PairedReads: times the same bytes of both sides, and does not count the first pair', async () => {
  const staged = sides(20, { lateMs: 5 });
  const { pairs, passedCount } = await staged.reads.sample(order(500), () => undefined, NEVER);

  expect(passedCount).toBe(0);
  expect(pairs).toHaveLength(20);
  expect(new Set(pairs.map(({ source }) => JSON.stringify(source)))).toEqual(
    new Set([JSON.stringify({ firstByteMs: 10, totalMs: 10, byteCount: 1_000 })]),
  );
  expect(pairs.every(({ target }) => target.firstByteMs === 15 && target.byteCount === 1_000)).toBe(true);
  expect(staged.source.count('read')).toBe(21);
  expect([staged.source.isClosed, staged.target.isClosed]).toEqual([true, true]);
});

test('PairedReads: the seed chooses which objects and in which order', async () => {
  const [first, again, other] = [sides(50), sides(50), sides(50)];
  await first.reads.sample(order(10), () => undefined, NEVER);
  await again.reads.sample(order(10), () => undefined, NEVER);
  await other.reads.sample(order(10, 6), () => undefined, NEVER);

  expect(new Set(keysOf(first)).size).toBe(10);
  expect(keysOf(again)).toEqual(keysOf(first));
  expect(keysOf(other)).not.toEqual(keysOf(first));
});

test('PairedReads: no more than 256 MiB come from a side', async () => {
  const staged = sides(200, { sizeBytes: 2 * 1024 ** 2 });
  const { pairs } = await staged.reads.sample(order(500), () => undefined, NEVER);

  const byteCount = pairs.reduce((sum, { source }) => sum + source.byteCount, 0);
  expect(pairs).toHaveLength(200);
  expect(byteCount).toBeLessThanOrEqual(256 * 1024 ** 2);
  expect(byteCount).toBeGreaterThan(250 * 1024 ** 2);
});

test('PairedReads: objects that changed or are gone are passed over and counted', async () => {
  const staged = sides(5);
  staged.target.objects.delete('k1');
  const { trouble } = staged.source;
  staged.source.trouble = (call, key) => {
    if (call === 'read' && key === 'k2') throw new MigrationError('DataChanged', 'k2 changed');
    return trouble(call, key);
  };
  const { pairs, passedCount } = await staged.reads.sample(order(500), () => undefined, NEVER);

  expect(pairs).toHaveLength(3);
  expect(passedCount).toBe(2);
});

test('PairedReads: any other trouble ends it, with both places closed', async () => {
  const staged = sides(5);
  staged.target.trouble = (call) => {
    if (call === 'read') throw new MigrationError('AwsDenied', 'not allowed');
  };

  await expect(staged.reads.sample(order(500), () => undefined, NEVER)).rejects.toMatchObject({ code: 'AwsDenied' });
  expect([staged.source.isClosed, staged.target.isClosed]).toEqual([true, true]);
});

test('PairedReads: objects of no bytes are not read', async () => {
  const staged = sides(3);
  for (const place of [staged.source, staged.target]) place.set('empty', '');

  expect((await staged.reads.sample(order(500), () => undefined, NEVER)).pairs).toHaveLength(3);
  expect(keysOf(staged)).not.toContain('empty');
});
