import fc from 'fast-check';
import { HeldStore } from '../../src/data/held-store';
import { MigrationError } from '../../src/domain/errors';
import type { CopyOutcome, RangeOutcome } from '../../src/ports/data-mover';
import { MemoryManifests } from './copying';
import { LIMITS, Move, SET } from './move';

/* A copy that several workers do, each with an engine of its own, over one memory. */

const KEYS = Array.from({ length: 40 }, (_, index) => `k/${String(index).padStart(3, '0')}`);
const PART_LIMITS = { ...LIMITS, sizes: { wholeBytesMax: 4, partBytes: 5 * 1024 ** 2 } };
const LARGE = ['a', 'b', 'c'];
const COPY_URL = 's3://ledger/x/_data/ranker/model/copy';

function prepared(keys: readonly string[] = KEYS): Move {
  const move = new Move(...keys);
  move.from.splits = true;
  return move;
}

/** Each range by a worker of its own, side by side; then the whole. */
async function copyShared(
  move: Move,
  countMax = 4,
  orderId = 'order-1',
  limits = LIMITS,
): Promise<[CopyOutcome, RangeOutcome[]]> {
  const order = move.order(orderId);
  const count = await move.mover(limits).divide(SET, order, countMax);
  const ranges = await Promise.all(
    Array.from({ length: count }, (_, place) => move.mover(limits).copyRange(SET, order, place)),
  );
  return [await move.mover(limits).copy(SET, order), ranges];
}

const sumOf = (ranges: readonly RangeOutcome[], name: 'objectCount' | 'byteCount' | 'copiedBytes'): number =>
  ranges.reduce((sum, range) => sum + range[name], 0);

test('a copy in ranges: has the root, the counts and the lines of a copy by one worker', async () => {
  const [shared, single] = [prepared(), prepared()];
  const alone = await single.mover().copy(SET, single.order());

  const [whole, ranges] = await copyShared(shared);

  expect(ranges).toHaveLength(4);
  expect({ ...whole, durationMs: 0 }).toEqual({ ...alone, durationMs: 0 });
  expect(sumOf(ranges, 'objectCount')).toBe(whole.objectCount);
  expect(sumOf(ranges, 'byteCount')).toBe(whole.byteCount);
  expect(sumOf(ranges, 'copiedBytes')).toBe(whole.copiedBytes);
  expect(shared.to.contents()).toEqual(shared.from.contents());
  expect(await shared.mover().verify(SET, shared.order('order-2'))).toMatchObject({
    mismatchCount: 0,
    manifestHash: alone.manifestHash,
  });
});

test('a copy in ranges: the next one, in ranges or not, finds everything proven and copies what changed', async () => {
  const move = prepared();
  await copyShared(move);
  move.from.set('k/007', 'changed');
  const puts = move.to.count('put');

  const [second] = await copyShared(move, 3, 'order-2');
  const third = await move.mover().copy(SET, move.order('order-3'));

  expect(second).toMatchObject({ copiedCount: 1, unchangedCount: KEYS.length - 1 });
  expect(third).toMatchObject({ copiedCount: 0, manifestHash: second.manifestHash });
  expect(move.to.count('put')).toBe(puts + 1);
});

test('a copy in ranges: whenever attempts at ranges end, going on copies nothing twice, and the root is that of one', async () => {
  const single = prepared();
  const { manifestHash } = await single.mover().copy(SET, single.order());
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }), async (stops) => {
      const move = prepared();
      const count = await move.mover().divide(SET, move.order(), 4);
      let puts = 0;
      for (const [place, after] of stops.entries()) {
        const at = puts + after;
        move.to.trouble = (call) => {
          if (call === 'put' && (puts += 1) === at) move.stop.abort(new Error('stopped'));
        };
        await move
          .mover()
          .copyRange(SET, move.order(), place)
          .catch(() => undefined);
        move.stop = new AbortController();
      }
      move.to.trouble = () => undefined;
      for (let place = 0; place < count; place += 1) await move.mover().copyRange(SET, move.order(), place);
      const done = await move.mover().copy(SET, move.order());

      expect(done).toMatchObject({ objectCount: KEYS.length, copiedCount: KEYS.length, manifestHash });
      expect(move.to.count('put')).toBeLessThanOrEqual(KEYS.length + stops.length);
    }),
    { numRuns: 25 },
  );
});

test('a copy in ranges: a range that was never copied is copied with the whole', async () => {
  const move = prepared();
  await move.mover().divide(SET, move.order(), 4);
  await move.mover().copyRange(SET, move.order(), 2);

  expect(await move.mover().copy(SET, move.order())).toMatchObject({ copiedCount: KEYS.length });
  expect(move.to.count('put')).toBe(KEYS.length);
});

test('a copy in ranges: attempts whose answers were lost get the same, and tell what was done once', async () => {
  const move = prepared();
  const counts = [await move.mover().divide(SET, move.order(), 4), await move.mover().divide(SET, move.order(), 4)];
  const [first, again] = [
    await move.mover().copyRange(SET, move.order(), 1),
    await move.mover().copyRange(SET, move.order(), 1),
  ];
  await Promise.all([0, 2, 3].map((place) => move.mover().copyRange(SET, move.order(), place)));
  const [whole, twice] = [await move.mover().copy(SET, move.order()), await move.mover().copy(SET, move.order())];

  expect(counts).toEqual([4, 4]);
  expect(again).toEqual(first);
  expect({ ...twice, durationMs: 0 }).toEqual({ ...whole, durationMs: 0 });
});

test('a copy in ranges: what is not worth dividing is one range, and the copy of the whole does it', async () => {
  const move = prepared(['a']);
  expect(await move.mover().divide(SET, move.order(), 8)).toBe(1);
  expect(await move.mover().copy(SET, move.order())).toMatchObject({ copiedCount: 1 });
});

test('a copy in ranges: what a range could not copy is told by the copy of the whole, and the others arrive', async () => {
  const move = prepared();
  move.from.trouble = (call, key) => {
    if (call === 'read' && key === 'k/007') throw new MigrationError('AwsDenied', `${key}: no`);
  };
  await expect(copyShared(move)).rejects.toMatchObject({
    code: 'AwsDenied',
    message: `data set model: 1 of ${KEYS.length} objects: k/007: no`,
  });
  expect(Object.keys(move.to.contents())).toHaveLength(KEYS.length - 1);
});

test('a copy in ranges: once another order has begun, an attempt of the older one writes nothing more', async () => {
  const move = prepared();
  await move.mover().divide(SET, move.order(), 4);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let isReached = false;
  move.to.trouble = async (call) => {
    if (call !== 'put' || isReached) return;
    isReached = true;
    await held;
  };
  const dead = move.mover().copyRange(SET, move.order(), 0);
  while (!isReached) await new Promise((resolve) => setImmediate(resolve));
  const [whole] = await copyShared(move, 4, 'order-2');
  goOn();

  await expect(dead).rejects.toThrow('another attempt has taken this copy over');
  await expect(move.mover().copyRange(SET, move.order(), 1)).rejects.toThrow('this copy is over');
  expect(whole).toMatchObject({ objectCount: KEYS.length, proofs: { none: 0 } });
});

/** Large objects, of which an attempt at each range has begun one. */
async function halfSent(): Promise<Move> {
  const move = prepared([]);
  for (const key of LARGE) move.from.set(key, Buffer.alloc(PART_LIMITS.sizes.partBytes + 1, key));
  const count = await move.mover(PART_LIMITS).divide(SET, move.order(), LARGE.length);
  move.to.trouble = (call) => {
    if (call !== 'completeUpload') return;
    move.stop.abort(new Error('stopped'));
    throw move.stop.signal.reason;
  };
  for (let place = 0; place < count; place += 1) {
    await move
      .mover(PART_LIMITS)
      .copyRange(SET, move.order(), place)
      .catch(() => undefined);
    move.stop = new AbortController();
  }
  move.to.trouble = () => undefined;
  return move;
}

test.each([
  ['in other ranges', (move: Move) => copyShared(move, 2, 'order-2', PART_LIMITS)],
  ['by one worker', (move: Move) => move.mover(PART_LIMITS).copy(SET, move.order('order-2'))],
])('a copy in ranges: another order, %s, goes on with the uploads that were under way', async (_name, goOn) => {
  const move = await halfSent();
  const [begun, sent] = [move.to.count('beginUpload'), move.to.count('putPart')];
  await goOn(move);
  expect([begun, sent]).toEqual([LARGE.length, 2 * LARGE.length]);
  expect([move.to.count('beginUpload'), move.to.count('putPart')]).toEqual([begun, sent]);
  expect(move.to.contents()).toEqual(move.from.contents());
  expect(move.to.uploads.size).toBe(0);
});

test('removeCopies: uploads that ranges had under way are ended', async () => {
  const move = await halfSent();
  expect(move.to.uploads.size).toBe(LARGE.length);
  await move.mover().removeCopies(SET, move.order(), move.stop.signal);
  expect(move.to.uploads.size).toBe(0);
  expect(move.memory(COPY_URL).documents.size).toBe(0);
});

test('HeldStore: of each share the last attempt writes, for as long as its order holds the whole', async () => {
  const store = new MemoryManifests();
  await HeldStore.take(store, 'order-1');
  const [dead, other] = [
    await HeldStore.takeShare(store, 'shares/00', 'order-1'),
    await HeldStore.takeShare(store, 'shares/01', 'order-1'),
  ];
  const alive = await HeldStore.takeShare(store, 'shares/00', 'order-1');

  await expect(dead.writeDocument('x', {})).rejects.toThrow('taken this copy over');
  await alive.writeDocument('x', {});
  await HeldStore.take(store, 'order-1');
  await other.writeDocument('x', {});
  await HeldStore.take(store, 'order-2');
  await expect(other.writeDocument('x', {})).rejects.toThrow('taken this copy over');
  await expect(HeldStore.takeShare(store, 'shares/01', 'order-1')).rejects.toThrow('taken this copy over');
});
