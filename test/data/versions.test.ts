import fc from 'fast-check';
import { NO_MANIFEST, readerOf } from '../../src/data/manifest';
import type { ManifestLine } from '../../src/data/manifest-line';
import { planVersions, versionName } from '../../src/data/version-plan';
import { byKey } from '../../src/data/version-work';
import { MigrationError } from '../../src/domain/errors';
import { epochMs } from '../../src/domain/quantity';
import type { VersionEntry } from '../../src/ports/object-versions';
import { Copying } from './copying';
import { VersionedPlace } from './versioned-place';

type Story = readonly (string | undefined)[];

let from: VersionedPlace;
let to: VersionedPlace;
let copying: Copying;
function begin(): void {
  from = new VersionedPlace('from');
  to = new VersionedPlace('to');
  copying = new Copying(from, to);
  copying.versioned = { from, to };
}
beforeEach(begin);

function tell(place: VersionedPlace, key: string, story: Story): void {
  for (const content of story) place.add(key, content);
}

async function lines(): Promise<ManifestLine[]> {
  const reader = copying.manifest === undefined ? NO_MANIFEST : readerOf(copying.store, copying.manifest);
  const all: ManifestLine[] = [];
  for await (const page of reader({})) all.push(...page);
  return all;
}

const anyStory = fc.array(fc.constantFrom('one', 'two', 'three', undefined), { minLength: 1, maxLength: 6 });

test('copy of all versions: the target tells the same story in the same order, deletions in it, each version proven', async () => {
  const story = ['one', 'two', undefined, 'one', 'three'];
  tell(from, 'a', story);
  tell(from, 'b', ['x', undefined]);
  expect(await copying.run()).toMatchObject({
    isProven: true,
    tally: { copied: 7, proofs: { streamed: 5, stored: 2 } },
  });
  expect([to.story('a'), to.story('b')]).toEqual([story, ['x', undefined]]);
  const ofA = (await lines()).filter(({ key }) => key === 'a');
  expect(ofA.map(({ sourceVersion }) => sourceVersion)).toEqual(
    from.kept.get('a')?.map(({ entry }) => versionName(entry)),
  );
  expect(ofA.map(({ targetVersion }) => targetVersion)).toEqual(
    to.kept.get('a')?.map(({ entry }) => versionName(entry)),
  );
  expect(copying.manifest?.versions).toBe('all');
});

test('copy of all versions: whatever was copied before and whatever of it is remembered, the story comes out, once', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, fc.nat(6), fc.boolean(), fc.nat(6), async (story, copied, isRemembered, lostReply) => {
      begin();
      tell(from, 'k', story.slice(0, copied));
      if (copied > 0) await copying.run();
      if (!isRemembered) copying.manifest = undefined;
      for (const content of story.slice(copied)) from.add('k', content);
      let writes = 0;
      to.afterWrite = () => {
        if ((writes += 1) === lostReply) throw new MigrationError('AwsUnavailable', 'the reply was lost');
      };
      // Something else that goes well: a place that answers nobody would end the copy.
      from.add('a', 'well');
      expect(await copying.run()).toMatchObject({ isProven: true });
      expect(to.story('k')).toEqual(story);
      const before = to.count('put');
      const again = await copying.run();
      expect(again).toMatchObject({ isProven: true, tally: { unchanged: story.length + 1, copied: 0, same: 0 } });
      expect(to.count('put')).toBe(before);
    }),
    { numRuns: 60 },
  );
});

test('copy of all versions: a stop in the middle of a key is gone on with, and nothing is written twice', async () => {
  const story = ['one', 'two', 'three', 'four'];
  tell(from, 'a', story);
  let writes = 0;
  to.trouble = (call) => {
    if (call !== 'put' || (writes += 1) !== 3) return;
    copying.stop.abort(new Error('stopped'));
    throw new Error('cut off');
  };
  await expect(copying.run()).rejects.toThrow('stopped');
  expect(to.story('a')).toEqual(['one', 'two']);
  copying.stop = new AbortController();
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { same: 2, copied: 2 } });
  expect(to.story('a')).toEqual(story);
});

test('copy of all versions: what somebody put on top is told and left; with overwrite the source’s go above it', async () => {
  tell(from, 'a', ['one']);
  await copying.run();
  to.add('a', 'theirs');
  from.add('a', 'two');
  expect(await copying.run()).toMatchObject({
    isProven: false,
    findingCounts: { newer_on_target: 1 },
    tally: { refused: 1 },
  });
  expect(to.story('a')).toEqual(['one', 'theirs']);
  copying.policy = { ...copying.policy, overwrite: true };
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 1, extra: 1 } });
  expect(to.story('a')).toEqual(['one', 'theirs', 'two']);
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { unchanged: 2 } });
});

test('copy of all versions: one that is gone from below at the target cannot be put back, and is told', async () => {
  tell(from, 'a', ['one', 'two']);
  await copying.run();
  to.kept.set('a', to.kept.get('a')?.slice(1) ?? []);
  const { isProven, findings } = await copying.run();
  expect(isProven).toBe(false);
  expect(findings).toMatchObject([
    { kind: 'mismatch', key: 'a', detail: expect.stringContaining('below newer') as string },
  ]);
  expect(to.story('a')).toEqual(['two']);
});

test('copy of all versions: old ones that the source has forgotten stay at the target', async () => {
  tell(from, 'a', ['one', 'two']);
  await copying.run();
  from.kept.set('a', from.kept.get('a')?.slice(1) ?? []);
  from.add('a', 'three');
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { unchanged: 1, copied: 1, extra: 1 } });
  expect(to.story('a')).toEqual(['one', 'two', 'three']);
});

test('copy of all versions: one key that may not be read is told, and the versions above it are not written', async () => {
  tell(from, 'a', ['one', 'two']);
  tell(from, 'b', ['x']);
  from.trouble = (call, key) => {
    if (call === 'read' && key === 'a') throw new MigrationError('AwsDenied', 'not allowed');
  };
  expect(await copying.run()).toMatchObject({
    isProven: false,
    findings: [{ kind: 'denied', key: 'a' }],
    tally: { copied: 1 },
  });
  expect([to.story('a'), to.story('b')]).toEqual([[], ['x']]);
});

test('copy of all versions: a target that keeps none is refused before anything is written', async () => {
  tell(from, 'a', ['one']);
  to.keepsVersions = false;
  await expect(copying.run()).rejects.toMatchObject({ code: 'ConfigInvalid' });
  expect(to.count('put')).toBe(0);
});

test('verify of all versions: writes nothing, and tells what is missing and what differs', async () => {
  tell(from, 'a', ['one', 'two']);
  tell(from, 'b', ['x']);
  tell(to, 'a', ['one']);
  tell(to, 'b', ['y']);
  copying.policy = { ...copying.policy, mode: 'verify', verify: { kind: 'full' } };
  const { isProven, findingCounts, tally } = await copying.run();
  expect([isProven, findingCounts, tally.same]).toEqual([false, { mismatch: 2, newer_on_target: 1 }, 1]);
  expect(to.count('put')).toBe(0);
});

test('verify of all versions: bytes that changed behind a version are found out', async () => {
  tell(from, 'a', ['one', 'two']);
  await copying.run();
  to.kept.get('a')?.[0]?.bytes.write('ONE');
  copying.policy = { ...copying.policy, mode: 'verify', verify: { kind: 'full' } };
  expect(await copying.run()).toMatchObject({ isProven: false, findingCounts: { mismatch: 1 }, tally: { same: 1 } });
});

test('planVersions: every version of either side is in exactly one place, in order', () => {
  const anyList = fc.uniqueArray(fc.nat(9), { maxLength: 8 });
  const entryOf =
    (side: string) =>
    (id: number): VersionEntry => {
      const isMarker = id % 3 === 0;
      return {
        key: 'k',
        versionId: `${side}${id}`,
        version: isMarker ? '' : 'e',
        isMarker,
        sizeBytes: 1,
        modifiedAtMs: epochMs(0),
      };
    };
  fc.assert(
    fc.property(anyList, anyList, anyList, (ours, theirs, known) => {
      const [source, target] = [ours.map(entryOf('s')), theirs.map(entryOf('t'))];
      const proven = known.map((id) => ({
        key: 'k',
        sizeBytes: 1,
        sourceVersion: versionName(entryOf('s')(id)),
        targetVersion: versionName(entryOf('t')(id)),
        provenAtMs: epochMs(0),
        proof: 'none' as const,
      }));
      const plan = planVersions(source, target, proven);
      const keptSource = plan.kept.map((one) => one.source);
      const keptTarget = plan.kept.map((one) => one.target);
      const inOrder = (list: readonly VersionEntry[], of: readonly VersionEntry[]): VersionEntry[] =>
        of.filter((one) => list.includes(one));
      expect(inOrder([...keptSource, ...plan.buried, ...plan.open], source)).toEqual(source);
      expect(inOrder([...keptTarget, ...plan.extra, ...plan.theirs], target)).toEqual(target);
      expect(plan.kept.length + plan.buried.length + plan.open.length).toBe(source.length);
      expect(plan.kept.length + plan.extra.length + plan.theirs.length).toBe(target.length);
      expect([inOrder(keptSource, source), inOrder(keptTarget, target)]).toEqual([keptSource, keptTarget]);
    }),
  );
});

test('byKey: lines of one key come together, whatever the pages', async () => {
  const keys = ['a', 'a', 'b', 'c', 'c', 'c'];
  const line = (key: string, at: number): ManifestLine => ({
    key,
    sizeBytes: at,
    sourceVersion: '',
    targetVersion: '',
    provenAtMs: epochMs(0),
    proof: 'none',
  });
  async function* pages(size: number): AsyncGenerator<readonly ManifestLine[]> {
    for (let at = 0; at < keys.length; at += size) yield keys.slice(at, at + size).map((key, n) => line(key, at + n));
  }
  for (const size of [1, 2, 4, 9]) {
    const all = [];
    for await (const page of byKey(pages(size))) all.push(...page);
    expect(all.map(({ key, lines: { length } }) => [key, length])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 3],
    ]);
  }
});
