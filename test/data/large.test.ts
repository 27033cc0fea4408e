import { epochMs } from '../../src/domain/quantity';
import { OBJECT_BYTES_MAX, PARTS_MAX } from '../../src/data/parts';
import type {
  ByteSpan,
  FoundObject,
  ObjectEntry,
  ServerSideCopier,
  Upload,
  UploadedPart,
  Written,
} from '../../src/ports/object-store';
import { Copying } from './copying';
import { MemoryPlace, NO_FACTS } from './memory-place';

const GIB = 1_024 ** 3;
const CHECKSUM = { kind: 'crc64nvme', value: 'AAAAAAAAAAA=' } as const;

/** Objects of any size that are nowhere: only what is asked of the server is looked at. */
class HugePlace extends MemoryPlace {
  readonly spans: ByteSpan[] = [];
  readonly copied: string[] = [];
  sizeBytes = 0;

  override async *list(): AsyncGenerator<readonly ObjectEntry[]> {
    if (this.sizeBytes > 0) yield [await this.find('huge')];
  }

  override async find(key: string): Promise<FoundObject> {
    return {
      key,
      version: '"huge"',
      modifiedAtMs: epochMs(0),
      sizeBytes: this.sizeBytes,
      facts: NO_FACTS,
      checksum: CHECKSUM,
    };
  }

  override copierFrom(): ServerSideCopier {
    return {
      singleBytesMax: 5 * GIB,
      copy: async ({ key }) => {
        this.copied.push(key);
        return { version: '"copied"', checksum: CHECKSUM };
      },
      copyPart: async (_upload: Upload, number: number, _entry: ObjectEntry, span: ByteSpan): Promise<UploadedPart> => {
        this.spans.push(span);
        return { number, sizeBytes: span.last - span.first + 1, etag: `"${number}"` };
      },
    };
  }

  override async completeUpload(upload: Upload): Promise<Written> {
    this.uploads.delete(upload.id);
    return { version: '"copied"', checksum: CHECKSUM };
  }
}

async function copied(sizeBytes: number): Promise<{ to: HugePlace; isProven: boolean }> {
  const [from, to] = [new HugePlace('from'), new HugePlace('to')];
  from.sizeBytes = sizeBytes;
  const copying = new Copying(from, to);
  copying.limits = { ...copying.limits, keepEveryMs: 1_000_000 };
  const { isProven } = await copying.run();
  return { to, isProven };
}

test('copy inside the server: 5 GiB go with one request', async () => {
  const { to, isProven } = await copied(5 * GIB);
  expect([isProven, to.copied, to.spans]).toEqual([true, ['huge'], []]);
});

test.each([
  ['one byte more than one request copies', 5 * GIB + 1],
  ['the largest that S3 holds', OBJECT_BYTES_MAX],
])('copy inside the server: %s goes in at most 10,000 parts that cover every byte once', async (_name, sizeBytes) => {
  const { to, isProven } = await copied(sizeBytes);
  expect([isProven, to.copied, to.uploads.size]).toEqual([true, [], 0]);
  expect(to.spans.length).toBeLessThanOrEqual(PARTS_MAX);
  const spans = [...to.spans].sort((a, b) => a.first - b.first);
  let next = 0;
  for (const { first, last } of spans) {
    if (first !== next) throw new Error(`byte ${next} is missing or comes twice`);
    next = last + 1;
  }
  expect(next).toBe(sizeBytes);
});
