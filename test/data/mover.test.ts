import { HeldStore } from '../../src/data/held-store';
import { MigrationError } from '../../src/domain/errors';
import { epochMs } from '../../src/domain/quantity';
import { MemoryManifests } from './copying';
import { FROM, Move, SET, TO } from './move';

test('copy: an attempt whose predecessor’s answer was lost tells what that one did, and another order does not', async () => {
  const move = new Move('a', 'b');
  const first = await move.mover().copy(SET, move.order());

  const again = await move.mover().copy(SET, move.order());
  const other = await move.mover().copy(SET, move.order('order-2'));

  expect(again).toMatchObject({ copiedCount: 2, copiedBytes: first.copiedBytes, unchangedCount: 0 });
  expect(again.durationMs).toBeGreaterThan(first.durationMs);
  expect(other).toMatchObject({ copiedCount: 0, copiedBytes: 0, unchangedCount: 2 });
});

test('copy: the attempt that everybody takes for dead stops before its next write, and its successor’s manifest is whole', async () => {
  const move = new Move('a', 'b', 'c', 'd');
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let isFirst = true;
  move.to.trouble = async (call, key) => {
    if (call !== 'put' || key !== 'b' || !isFirst) return;
    isFirst = false;
    await held;
  };
  const dead = move.mover().copy(SET, move.order());
  while (isFirst) await new Promise((resolve) => setImmediate(resolve));

  const done = await move.mover().copy(SET, move.order());
  goOn();

  await expect(dead).rejects.toThrow('another attempt has taken this copy over');
  expect(done).toMatchObject({ objectCount: 4, proofs: { none: 0 } });
  expect(await move.mover().verify(SET, move.order('order-2'))).toMatchObject({
    objectCount: 4,
    mismatchCount: 0,
    manifestHash: done.manifestHash,
  });
});

test('HeldStore: whoever took it last writes; the one before reads and writes no more', async () => {
  const store = new MemoryManifests();
  const [before, now] = [await HeldStore.take(store), await HeldStore.take(store)];
  await now.writeDocument('checkpoint', { at: 1 });

  await expect(before.writeDocument('checkpoint', { at: 2 })).rejects.toThrow('taken this copy over');
  await expect(before.writeLines('lines', ['x'])).rejects.toThrow('taken this copy over');
  await expect(before.removeAll('')).rejects.toThrow('taken this copy over');
  expect(await before.readDocument('checkpoint')).toEqual({ at: 1 });
});

test('copy: what the spec says of the copies goes to the target alone', async () => {
  const move = new Move('a');
  await move.mover().copy({ ...SET, kmsKeyId: 'alias/x', storageClass: 'STANDARD_IA' }, move.order());
  expect(move.opened).toEqual([
    [FROM, {}],
    [TO, { kmsKeyId: 'alias/x', storageClass: 'STANDARD_IA' }],
  ]);
  expect(move.from.isClosed && move.to.isClosed).toBe(true);
});

test('copy: progress names the run that a later attempt goes on from', async () => {
  const move = new Move('a');
  await move.mover().copy(SET, move.order());
  expect(move.progress.at(-1)).toEqual({
    objectCount: 1,
    movedBytes: 12,
    run: expect.stringMatching(/^\d{14}-\w{8}$/),
  });
});

test('copy: a manifest of other places is not believed', async () => {
  const move = new Move('a');
  await move.mover().copy(SET, move.order());
  move.to.objects.clear();
  expect(await move.mover().copy({ ...SET, to: 's3://target/other' }, move.order('order-2'))).toMatchObject({
    copiedCount: 1,
  });
});

test.each([
  ['AwsDenied', /^data set model: 1 of 2 objects: a: no$/],
  ['AwsRejected', /^data set model: 1 of 2 objects: a: no$/],
  ['DataChanged', /^data set model: 1 of 2 objects: a: no$/],
] as const)('copy: an object that ends in %s is told so, and the others arrive', async (code, message) => {
  const move = new Move('a', 'b');
  move.from.trouble = (call, key) => {
    if (call === 'read' && key === 'a') throw new MigrationError(code, `${key}: no`);
  };

  await expect(move.mover().copy(SET, move.order())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(Object.keys(move.to.contents())).toEqual(['b']);
});

test('removeCopies: what lay there before the first copy stays, also where it is alike', async () => {
  const move = new Move('a', 'b');
  const at = new Map([['a', 1_000_000]]);
  move.to.set('a', 'content of a');
  move.nowMs = 2_000_000;
  const list = move.to.list.bind(move.to);
  // Its clock says when each was written; what is not here was written just now.
  move.to.list = async function* (range, signal) {
    for await (const page of list(range, signal))
      yield page.map((entry) => ({ ...entry, modifiedAtMs: epochMs(at.get(entry.key) ?? move.nowMs) }));
  };
  await move.mover().copy({ ...SET, overwrite: true }, move.order());

  expect(await move.mover().removeCopies(SET, move.order(), move.stop.signal)).toEqual(['a']);
  expect(Object.keys(move.to.contents())).toEqual(['a']);
});

test('removeCopies: where this workload never copied anything, nothing goes', async () => {
  const move = new Move('a');
  move.to.set('a', 'content of a');
  expect(await move.mover().removeCopies(SET, move.order(), move.stop.signal)).toEqual(['a']);
});
