import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { epochMs } from '../../src/domain/quantity';
import type { KeyRange, ObjectEntry } from '../../src/ports/object-store';
import { Copying, MemoryManifests } from './copying';

const MIB = 1_048_576;
const PAGE = 1_000;
const OBJECTS = 300_000;
const LOOK_EVERY_PAGES = 30;
/** So many entries in memory would be over 60 MiB. */
const GROWTH_MAX_MIB = 30;

jest.setTimeout(120_000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held: how much garbage lies about is the machine's business. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

class CountingManifests extends MemoryManifests {
  lines = 0;

  override async writeLines(_name: string, lines: readonly string[]): Promise<void> {
    this.lines += lines.length;
  }

  override async *readLines(): AsyncGenerator<readonly string[]> {}
}

/** Alike on both sides, made as they are asked for. */
async function* manyEntries({ after }: KeyRange): AsyncGenerator<readonly ObjectEntry[]> {
  const first = after === undefined ? 0 : Number(after.slice(-9)) + 1;
  for (let at = first; at < OBJECTS; at += PAGE)
    yield Array.from({ length: Math.min(PAGE, OBJECTS - at) }, (_, index) => ({
      key: `features/${String(at + index).padStart(9, '0')}`,
      sizeBytes: 4_096,
      version: `"${at + index}"`,
      modifiedAtMs: epochMs(0),
    }));
}

test('copy: 300,000 objects that are listed take no more memory than a page of them', async () => {
  const copying = new Copying();
  const store = new CountingManifests();
  Object.assign(copying, { store });
  let [heldMax, seen] = [0, 0];
  async function* watched(range: KeyRange): AsyncGenerator<readonly ObjectEntry[]> {
    for await (const page of manyEntries(range)) {
      if ((seen += 1) % LOOK_EVERY_PAGES === 0) heldMax = Math.max(heldMax, heldBytes());
      yield page;
    }
  }
  copying.from.list = watched;
  copying.to.list = manyEntries;
  // Another size on the target that is newer than the source: settled without a request, and told, the dearest case.
  copying.to.list = async function* (range) {
    for await (const page of manyEntries(range))
      yield page.map((entry) => ({ ...entry, sizeBytes: 1, modifiedAtMs: epochMs(1) }));
  };
  const before = heldBytes();
  const { tally } = await copying.run();
  expect(tally).toMatchObject({ objects: OBJECTS, refused: OBJECTS });
  expect(store.lines).toBe(OBJECTS);
  expect((heldMax - before) / MIB).toBeLessThan(GROWTH_MAX_MIB);
});
