/** One repository of a registry, by the HTTP API of the OCI distribution specification. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../domain/errors';
import { missingAsUndefined } from './found';
import { ACCEPTED, MANIFEST_BYTES_MAX, parseManifest, sha256Of } from './oci-manifest';
import type { Descriptor, Manifest } from './oci-manifest';
import type { RegistryWire } from './oci-wire';

export class OciRepository {
  private readonly pull: readonly string[];
  private readonly push: readonly string[];

  constructor(
    private readonly wire: RegistryWire,
    readonly name: string,
  ) {
    this.pull = [`repository:${name}:pull`];
    this.push = [`repository:${name}:pull,push`];
  }

  get endpoint(): string {
    return this.wire.access.endpoint;
  }

  /** @param reference a tag or a digest. @throws ImageMismatch when what comes is not what the digest says. */
  async manifest(reference: string, signal: AbortSignal): Promise<Manifest> {
    const what = this.describe(reference);
    const { reply, bytes } = await this.wire.send({
      method: 'GET',
      url: this.path(`manifests/${reference}`),
      scopes: this.pull,
      headers: { accept: ACCEPTED },
      accepts: [200],
      signal,
    });
    if (bytes.length > MANIFEST_BYTES_MAX)
      throw new MigrationError(
        'RegistryRejected',
        `${what} has ${bytes.length} bytes, more than ${MANIFEST_BYTES_MAX}`,
      );
    if (reference.startsWith('sha256:')) requireDigest(sha256Of(bytes), reference, what);
    return parseManifest(bytes, (reply.headers.get('content-type') ?? '').split(';')[0] ?? '', what);
  }

  findManifest(reference: string, signal: AbortSignal): Promise<Manifest | undefined> {
    return missingAsUndefined(this.manifest(reference, signal));
  }

  /** @param reference a tag, or the manifest's own digest. */
  async putManifest({ mediaType, bytes, digest }: Manifest, reference: string, signal: AbortSignal): Promise<void> {
    const { reply } = await this.wire.send({
      method: 'PUT',
      url: this.path(`manifests/${reference}`),
      scopes: this.push,
      headers: { 'content-type': mediaType },
      body: bytes,
      accepts: [201],
      signal,
    });
    const told = reply.headers.get('docker-content-digest');
    if (told !== null) requireDigest(told, digest, `what ${this.describe(reference)} was stored as`);
  }

  /** @returns the size that the registry says; undefined: it has none of that digest. */
  async blobSize(digest: string, signal: AbortSignal): Promise<number | undefined> {
    const { reply } = await this.wire.send({
      method: 'HEAD',
      url: this.path(`blobs/${digest}`),
      scopes: this.pull,
      accepts: [200, 404],
      signal,
    });
    return reply.status === 404 ? undefined : Number(reply.headers.get('content-length') ?? Number.NaN);
  }

  /** @throws ImageMismatch at the end of the bytes, or as soon as there are too many. */
  async *readBlob(blob: Descriptor, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const what = this.describe(blob.digest);
    const bytes = this.wire.download({
      method: 'GET',
      url: this.path(`blobs/${blob.digest}`),
      scopes: this.pull,
      accepts: [200],
      signal,
    });
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of bytes) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > blob.sizeBytes) break;
      yield chunk;
    }
    if (sizeBytes !== blob.sizeBytes)
      throw new MigrationError(
        'ImageMismatch',
        `${what}: ${sizeBytes} bytes or more came, ${blob.sizeBytes} were told`,
      );
    requireDigest(`sha256:${hash.digest('hex')}`, blob.digest, what);
  }

  /** @returns whether the registry took the blob from another repository of its own. */
  async mountBlob(digest: string, from: string, signal: AbortSignal): Promise<boolean> {
    const { reply } = await this.wire.send({
      method: 'POST',
      url: `${this.path('blobs/uploads/')}?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`,
      scopes: [...this.push, `repository:${from}:pull`],
      // 202: it does not, and has begun an upload instead.
      accepts: [201, 202],
      signal,
    });
    if (reply.status === 202) await this.giveUp(reply.headers.get('location'), signal);
    return reply.status === 201;
  }

  /**
   * In one stream, and named by its digest only once all of it is sent.
   * @param bytes are read once; what they throw is thrown, and nothing is stored.
   */
  async writeBlob(digest: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const begun = await this.wire.send({
      method: 'POST',
      url: this.path('blobs/uploads/'),
      scopes: this.push,
      body: new Uint8Array(),
      accepts: [202],
      signal,
    });
    const upload = this.locationOf(begun.reply);
    const watched = new WatchedBytes(bytes);
    try {
      const sent = await this.wire.upload({
        method: 'PATCH',
        url: upload,
        scopes: this.push,
        headers: { 'content-type': 'application/octet-stream' },
        body: watched,
        // The specification says 202; some say 201 or 204.
        accepts: [201, 202, 204],
        signal,
      });
      const end = new URL(this.locationOf(sent));
      end.searchParams.set('digest', digest);
      await this.wire.send({
        method: 'PUT',
        url: end.href,
        scopes: this.push,
        body: new Uint8Array(),
        accepts: [201],
        signal,
      });
    } catch (error) {
      await this.giveUp(upload, signal);
      throw watched.failure ?? error;
    }
  }

  private path(below: string): string {
    return `${this.endpoint}/v2/${this.name}/${below}`;
  }

  private locationOf(reply: Response): string {
    const location = reply.headers.get('location');
    if (location === null || !URL.canParse(location, this.endpoint))
      throw new MigrationError(
        'RegistryRejected',
        `${this.path('blobs/uploads/')} began an upload without a place for it`,
      );
    return new URL(location, this.endpoint).href;
  }

  /** Best effort: registries clear unfinished uploads away by themselves, too. */
  private async giveUp(upload: string | null, signal: AbortSignal): Promise<void> {
    if (upload === null || signal.aborted) return;
    const request = {
      method: 'DELETE',
      url: upload,
      scopes: this.push,
      accepts: [200, 202, 204, 404],
      signal,
    } as const;
    await this.wire.send(request).catch(() => undefined);
  }

  private describe(reference: string): string {
    const separator = reference.startsWith('sha256:') ? '@' : ':';
    return `${new URL(this.endpoint).host}/${this.name}${separator}${reference}`;
  }
}

/** `fetch` says that a body failed, not why. */
class WatchedBytes implements AsyncIterable<Uint8Array> {
  failure: unknown;

  constructor(private readonly bytes: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.bytes;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

function requireDigest(found: string, wanted: string, what: string): void {
  if (found !== wanted) throw new MigrationError('ImageMismatch', `${what} is ${found}, not ${wanted}`);
}
