/** Lists a place page by page, and finds borders that cut it into ranges. */
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
import type { EpochMs } from '../domain/quantity';
import type { KeyRange, ObjectEntry, PassedOver } from '../ports/object-store';
import { translateAwsError } from './aws-errors';
import type { S3Wire } from './s3-store-wire';
import type { ListedObject, ListedPage } from './s3-store-xml';
import { parseListing } from './s3-store-xml';

export interface PageRequest {
  /** In the bucket, as all keys here. */
  readonly prefix: string;
  readonly after?: string;
  readonly token?: string;
  readonly delimiter?: string;
  readonly countMax?: number;
}

const PAGE_COUNT_MAX = 1_000;

export class S3Listing {
  /** @param prefix of the place; empty, or with a slash at its end. */
  constructor(
    private readonly wire: S3Wire,
    private readonly bucket: string,
    private readonly prefix: string,
  ) {}

  /** As ObjectSource.list. The next page is on its way while one is worked on. */
  async *pages(
    { after, upTo }: KeyRange,
    signal: AbortSignal,
    onPassedOver?: (passed: PassedOver) => void,
  ): AsyncGenerator<readonly ObjectEntry[]> {
    const { prefix } = this;
    const first = { prefix, ...(after === undefined ? {} : { after: prefix + after }) };
    let coming: Promise<ListedPage> | undefined = this.page(first, signal);
    let before: string | undefined;
    while (coming !== undefined) {
      const page: ListedPage = await coming;
      const last = page.objects.at(-1)?.key.slice(prefix.length);
      const isOver = upTo !== undefined && last !== undefined && compareKeys(last, upTo) >= 0;
      coming = page.next === undefined || isOver ? undefined : this.page({ prefix, token: page.next }, signal);
      // Whoever stops listening here must not leave an error behind that nobody takes.
      coming?.catch(() => undefined);
      const entries = this.entriesOf(page.objects, isOver ? upTo : undefined, onPassedOver);
      before = assertSorted(entries, before, this.bucket);
      if (entries.length > 0) yield entries;
    }
  }

  /** The entry of one key, where it is in the range; no other key of the place costs a page. */
  async *one(key: string, { after, upTo }: KeyRange, signal: AbortSignal): AsyncGenerator<readonly ObjectEntry[]> {
    const isBefore = after !== undefined && compareKeys(key, after) <= 0;
    if (isBefore || (upTo !== undefined && compareKeys(key, upTo) > 0)) return;
    // The first that begins with the key is the key itself.
    const { objects } = await this.page({ prefix: this.prefix + key, countMax: 1 }, signal);
    const entries = this.entriesOf(objects, undefined).filter((entry) => entry.key === key);
    if (entries.length > 0) yield entries;
  }

  /** One page. @param request its prefix stands in for the place's own. */
  async page(request: PageRequest, signal: AbortSignal): Promise<ListedPage> {
    const { prefix, after, token, delimiter, countMax = PAGE_COUNT_MAX } = request;
    const query: (readonly [string, string])[] = [
      ...(token === undefined ? [] : [['continuation-token', token] as const]),
      ...(delimiter === undefined ? [] : [['delimiter', delimiter] as const]),
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['max-keys', String(countMax)],
      ['prefix', prefix],
      ...(after === undefined ? [] : [['start-after', after] as const]),
    ];
    const { text } = await this.wire.send({ method: 'GET', key: '', query, call: 's3:ListObjectsV2', signal });
    try {
      return parseListing(text);
    } catch (error) {
      // A success that cannot be read is a cut or foreign reply: ask again.
      const unreadable = Object.assign(error as Error, { $metadata: { httpStatusCode: 200 } });
      throw translateAwsError(unreadable, 's3:ListBucket', `s3://${this.bucket}/${prefix}`);
    }
  }

  private entriesOf(
    objects: readonly ListedObject[],
    upTo: string | undefined,
    onPassedOver?: (passed: PassedOver) => void,
  ): ObjectEntry[] {
    const entries: ObjectEntry[] = [];
    for (const { key, sizeBytes, etag, modifiedAtMs, storageClass } of objects) {
      const relative = key.slice(this.prefix.length);
      if (relative === '') {
        // A "folder" made by a console.
        const reason = 'the object that bears the prefix as its key has no name below it';
        onPassedOver?.({ key, reason, isLost: sizeBytes > 0 });
        continue;
      }
      if (upTo !== undefined && compareKeys(relative, upTo) > 0) break;
      entries.push({
        key: relative,
        sizeBytes,
        version: etag,
        modifiedAtMs: modifiedAtMs as EpochMs,
        ...(storageClass === undefined ? {} : { storageClass }),
      });
    }
    return entries;
  }
}

/** A join of unsorted lists would call objects missing that are there. @returns the last key. */
function assertSorted(entries: readonly ObjectEntry[], before: string | undefined, bucket: string): string | undefined {
  let last = before;
  for (const { key } of entries) {
    if (last !== undefined && compareKeys(last, key) >= 0)
      throw new MigrationError(
        'AwsRejected',
        `the listing of s3://${bucket} is not sorted: '${key}' came after '${last}' (a directory bucket?)`,
      );
    last = key;
  }
  return last;
}
