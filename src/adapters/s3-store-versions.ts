/** Lists every version of every object, a key at a time, and writes delete markers. */
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
import type { KeyRange } from '../ports/object-store';
import type { KeyHistory, VersionEntry } from '../ports/object-versions';
import { translateAwsError } from './aws-errors';
import type { S3Place } from './s3-store-place';
import type { ListedVersion, VersionsPage } from './s3-store-versions-xml';
import { parseVersions } from './s3-store-versions-xml';
import type { S3Wire } from './s3-store-wire';
import { textOf } from './s3-store-xml';

/** Of one key they are held together: the listing begins with the newest, a copy with the oldest. */
const VERSIONS_OF_KEY_MAX = 100_000;

export class S3Versions {
  /** @param prefix of the place; empty, or with a slash at its end. */
  constructor(
    private readonly wire: S3Wire,
    private readonly place: S3Place,
    private readonly prefix: string,
  ) {}

  async *histories({ after, upTo }: KeyRange, signal: AbortSignal): AsyncGenerator<readonly KeyHistory[]> {
    const marker = after === undefined ? undefined : { key: this.prefix + after };
    let open: ListedVersion[] = [];
    for await (const { versions, next } of this.pages(this.prefix, marker, signal)) {
      const done: KeyHistory[] = [];
      for (const version of versions) {
        const relative = version.key.slice(this.prefix.length);
        // Some servers begin with the marker's own key; the key that is the prefix has no name.
        if (relative === '' || (after !== undefined && compareKeys(relative, after) <= 0)) continue;
        if (open[0] !== undefined && open[0].key !== version.key) {
          done.push(this.historyOf(open));
          open = [];
        }
        open.push(version);
        this.assertCount(open);
      }
      if (next === undefined && open.length > 0) done.push(this.historyOf(open));
      const inside = done.filter(({ key }) => upTo === undefined || compareKeys(key, upTo) <= 0);
      if (inside.length > 0) yield inside;
      if (inside.length < done.length) return;
    }
  }

  async history(key: string, signal: AbortSignal): Promise<KeyHistory | undefined> {
    const found: ListedVersion[] = [];
    // A key comes before every other one that begins with it.
    for await (const { versions } of this.pages(this.prefix + key, undefined, signal)) {
      found.push(...versions.filter((version) => version.key === this.prefix + key));
      this.assertCount(found);
      if (versions.at(-1)?.key !== this.prefix + key) break;
    }
    return found.length === 0 ? undefined : this.historyOf(found);
  }

  /** As VersionedTarget. */
  async assertKeepsVersions(signal: AbortSignal): Promise<void> {
    const call = 's3:GetBucketVersioning';
    const { text } = await this.wire.send({ method: 'GET', key: '', query: [['versioning', '']], call, signal });
    const status = textOf(text, 'Status') ?? 'never enabled';
    if (status !== 'Enabled')
      throw new MigrationError(
        'ConfigInvalid',
        `s3://${this.place.location.bucket}: --versions all needs versioning to be Enabled there; it is ${status}`,
      );
  }

  async putMarker(key: string, signal: AbortSignal): Promise<string> {
    const request = { method: 'DELETE', key: this.prefix + key, call: 's3:DeleteObject', signal } as const;
    const { headers } = await this.wire.send(request);
    const versionId = headers['x-amz-version-id'];
    if (typeof versionId !== 'string' || headers['x-amz-delete-marker'] !== 'true')
      throw new MigrationError(
        'AwsRejected',
        `s3://${this.place.location.bucket}/${request.key}: no delete marker came`,
      );
    return versionId;
  }

  private async *pages(
    prefix: string,
    from: { key: string; versionId?: string } | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<VersionsPage> {
    let marker = from;
    do {
      const query: (readonly [string, string])[] = [
        ['encoding-type', 'url'],
        ...(marker === undefined ? [] : [['key-marker', marker.key] as const]),
        ['max-keys', '1000'],
        ['prefix', prefix],
        ...(marker?.versionId === undefined ? [] : [['version-id-marker', marker.versionId] as const]),
        ['versions', ''],
      ];
      const call = 's3:ListObjectVersions';
      const { text } = await this.wire.send({ method: 'GET', key: '', query, call, signal });
      const page = this.parsed(text);
      yield page;
      marker = page.next;
    } while (marker !== undefined);
  }

  private parsed(text: string): VersionsPage {
    try {
      return parseVersions(text, this.place.isAws);
    } catch (error) {
      // A success that cannot be read is a cut or foreign reply: ask again.
      const unreadable = Object.assign(error as Error, { $metadata: { httpStatusCode: 200 } });
      throw translateAwsError(unreadable, 's3:ListBucketVersions', `s3://${this.place.location.bucket}/${this.prefix}`);
    }
  }

  /** @param listed newest first, as S3 lists them. */
  private historyOf(listed: readonly ListedVersion[]): KeyHistory {
    const key = (listed[0]?.key ?? '').slice(this.prefix.length);
    const versions = listed.map(({ isOrderUnknown: _, ...version }): VersionEntry => ({ ...version, key })).reverse();
    return { key, versions, isOrderUnknown: listed.some(({ isOrderUnknown }) => isOrderUnknown) };
  }

  private assertCount(versions: readonly ListedVersion[]): void {
    if (versions.length > VERSIONS_OF_KEY_MAX)
      throw new MigrationError(
        'AwsRejected',
        `s3://${this.place.location.bucket}/${versions[0]?.key} has more than ${VERSIONS_OF_KEY_MAX} versions`,
      );
  }
}
