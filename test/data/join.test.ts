import fc from 'fast-check';
import type { Action, CopyPolicy } from '../../src/data/decide';
import { decide } from '../../src/data/decide';
import { joinLists } from '../../src/data/join';
import type { Joined } from '../../src/data/join';
import type { ManifestLine } from '../../src/data/manifest-line';
import { byKey, formatLine, parseLine } from '../../src/data/manifest-line';
import { compareKeys } from '../../src/domain/key-order';
import { epochMs } from '../../src/domain/quantity';
import type { ObjectEntry } from '../../src/ports/object-store';

const POLICY: CopyPolicy = {
  mode: 'copy',
  verify: { kind: 'changed' },
  readBack: false,
  repair: false,
  overwrite: false,
  mirror: false,
};

async function* pagesOf<T>(items: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
  // Real listings may end with an empty page.
  yield [];
}

async function joined(
  source: readonly ObjectEntry[],
  target: readonly ObjectEntry[],
  proven: readonly ManifestLine[],
  pageSize: number,
): Promise<Joined[]> {
  const all: Joined[] = [];
  const lists = {
    source: pagesOf(source, pageSize),
    target: pagesOf(target, pageSize + 1),
    proven: pagesOf(proven, 2),
  };
  for await (const batch of joinLists(lists)) all.push(...batch);
  return all;
}

function entry(key: string, version: string, sizeBytes = 1, modifiedAtMs = 0): ObjectEntry {
  return { key, sizeBytes, version, modifiedAtMs: epochMs(modifiedAtMs) };
}

function line(key: string, sourceVersion: string, targetVersion: string, sizeBytes = 1): ManifestLine {
  const checksum = { kind: 'crc32', value: 'AAAAAA==' } as const;
  return { key, sizeBytes, checksum, sourceVersion, targetVersion, provenAtMs: epochMs(0), proof: 'streamed' };
}

const anyKey = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', '.', '\u{1F600}', '\uFFFD'), maxLength: 4 });
const anyVersion = fc.constantFrom('1', '2');
const anyEntry = fc.record({ key: anyKey, version: anyVersion, size: fc.integer({ min: 0, max: 1 }), at: fc.nat(2) });
const anyList = fc
  .uniqueArray(anyEntry, { selector: ({ key }) => key, maxLength: 12 })
  .map((items) => items.map(({ key, version, size, at }) => entry(key, version, size, at)).sort(byKey));
const anyManifest = fc
  .uniqueArray(fc.tuple(anyKey, anyVersion, anyVersion, fc.integer({ min: 0, max: 1 })), {
    selector: ([key]) => key,
    maxLength: 12,
  })
  .map((items) => items.map(([key, source, target, size]) => line(key, source, target, size)).sort(byKey));

test('joinLists: any three lists come out complete, each key once, in order, with what each list has of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyList,
      anyList,
      anyManifest,
      fc.integer({ min: 1, max: 5 }),
      async (source, target, proven, size) => {
        const all = await joined(source, target, proven, size);
        const keys = [...new Set([...source, ...target, ...proven].map(({ key }) => key))].sort(compareKeys);
        expect(all.map(({ key }) => key)).toEqual(keys);
        const find = <T extends { key: string }>(list: readonly T[], key: string): T | undefined =>
          list.find((item) => item.key === key);
        for (const one of all) {
          expect([one.source, one.target, one.proven]).toEqual([
            find(source, one.key),
            find(target, one.key),
            find(proven, one.key),
          ]);
        }
      },
    ),
  );
});

/** The rules once more, as sentences over one key, to be held against the code that grew. */
function expected({ source, target, proven }: Joined, overwrite: boolean, mirror: boolean): Action['kind'] {
  const targetIsOurs =
    proven !== undefined && target?.version === proven.targetVersion && target.sizeBytes === proven.sizeBytes;
  const sourceIsAsProven =
    proven !== undefined && source?.version === proven.sourceVersion && source.sizeBytes === proven.sizeBytes;
  if (!source && !target) return 'forget';
  if (!source) return mirror && (proven === undefined || targetIsOurs || overwrite) ? 'remove' : 'extra';
  if (!target) return 'copy';
  if (sourceIsAsProven && targetIsOurs) return 'unchanged';
  if (targetIsOurs) return 'copy';
  if (source.sizeBytes === target.sizeBytes) return 'compare';
  const targetIsNewer = proven !== undefined || target.modifiedAtMs > source.modifiedAtMs;
  return targetIsNewer && !overwrite ? 'refuse' : 'copy';
}

test('decide: any two lists and a manifest give exactly the right actions', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyList,
      anyList,
      anyManifest,
      fc.boolean(),
      fc.boolean(),
      async (source, target, proven, overwrite, mirror) => {
        for (const one of await joined(source, target, proven, 3)) {
          expect(decide(one, { ...POLICY, overwrite, mirror }).kind).toBe(expected(one, overwrite, mirror));
        }
      },
    ),
  );
});

test('decide: what was copied plans to nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anyList, async (source) => {
      const target = source.map((one) => ({ ...one, version: `copy-${one.version}` }));
      const proven = source.map(({ key, version, sizeBytes }) => line(key, version, `copy-${version}`, sizeBytes));
      const kinds = (await joined(source, target, proven, 3)).map((one) => decide(one, POLICY).kind);
      expect(new Set(kinds)).toEqual(new Set(source.length > 0 ? ['unchanged'] : []));
    }),
  );
});

test.each<[string, Partial<CopyPolicy>, Action['kind']]>([
  ['changed', { verify: { kind: 'changed' } }, 'unchanged'],
  ['full', { verify: { kind: 'full' } }, 'compare'],
  ['a sample of all', { verify: { kind: 'sample', percent: 100, seed: 1 } }, 'compare'],
  ['a sample of none', { verify: { kind: 'sample', percent: 0, seed: 1 } }, 'unchanged'],
])('decide: what did not change, verified as %s', (_name, policy, kind) => {
  const same = { key: 'a', source: entry('a', '1'), target: entry('a', '2'), proven: line('a', '1', '2') };
  expect(decide(same, { ...POLICY, ...policy }).kind).toBe(kind);
});

test('decide: what was copied and never proven is compared, unless nothing shall be', () => {
  const unproven = { ...line('a', '1', '2'), proof: 'none' as const };
  const same = { key: 'a', source: entry('a', '1'), target: entry('a', '2'), proven: unproven };
  expect(decide(same, POLICY).kind).toBe('compare');
  expect(decide(same, { ...POLICY, verify: { kind: 'none' } }).kind).toBe('unchanged');
});

test('decide: verifying writes nothing but repairs', async () => {
  await fc.assert(
    fc.asyncProperty(anyList, anyList, anyManifest, async (source, target, proven) => {
      for (const one of await joined(source, target, proven, 3)) {
        const action = decide(one, { ...POLICY, mode: 'verify', mirror: true, overwrite: true });
        expect(['unchanged', 'compare', 'tell', 'extra', 'forget']).toContain(action.kind);
        expect(action.kind === 'compare' ? action.onDifference : 'tell').toBe('tell');
      }
    }),
  );
});

test('joinLists: a list that is not sorted is an error, not objects that are missing', async () => {
  const wrong = [entry('b', '1'), entry('a', '1')];
  await expect(joined(wrong, [], [], 5)).rejects.toMatchObject({ code: 'AwsRejected' });
});

test('joinLists: an error of one list comes through, and the other lists are ended', async () => {
  let isEnded = false;
  async function* endless(): AsyncGenerator<readonly ObjectEntry[]> {
    try {
      for (let n = 0; ; n += 1) yield [entry(String(n).padStart(9, '0'), '1')];
    } finally {
      isEnded = true;
    }
  }
  async function* failing(): AsyncGenerator<readonly ObjectEntry[]> {
    yield [entry('000000003', '1')];
    throw new Error('the listing broke');
  }
  const work = async (): Promise<void> => {
    for await (const batch of joinLists({ source: endless(), target: failing(), proven: pagesOf([], 1) })) void batch;
  };
  await expect(work()).rejects.toThrow('the listing broke');
  expect(isEnded).toBe(true);
});

test('formatLine, parseLine: every line survives', () => {
  fc.assert(
    fc.property(anyManifest, (lines) => {
      for (const one of lines) expect(parseLine(formatLine(one))).toEqual(one);
    }),
  );
});

test.each(['', '{}', 'null', '{"key":"a","bytes":-1,"source":"1","target":"2","at":0,"proof":"read"}', '{"key":"a"'])(
  'parseLine: refuses %j',
  (text) => {
    expect(() => parseLine(text)).toThrow(RangeError);
  },
);
