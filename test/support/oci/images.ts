/** Images made up by tests, pushed by requests of their own: not by what is tested. */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const TYPES: Readonly<Record<string, { readonly config: string; readonly layer: string }>> = {
  [OCI_MANIFEST]: {
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  [DOCKER_MANIFEST]: {
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
};

export interface Layer {
  /** As it is stored. */
  readonly bytes: Buffer;
  /** Digest of what is in it, as the image's configuration names it. */
  readonly diffId: string;
}

/** One file of that many bytes that nobody can guess, in an archive. */
export function layerOf(sizeBytes: number): Layer {
  const header = Buffer.alloc(512);
  const fields: [at: number, text: string][] = [
    [0, 'model.bin'],
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, sizeBytes.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    // The checksum counts itself as spaces.
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar'],
    [263, '00'],
  ];
  for (const [at, text] of fields) header.write(text, at);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, '0'), 148);
  header.writeUInt8(0, 154);
  const padding = Buffer.alloc((512 - (sizeBytes % 512)) % 512);
  const archive = Buffer.concat([header, randomBytes(sizeBytes), padding, Buffer.alloc(1024)]);
  return { bytes: gzipSync(archive), diffId: digestOf(archive) };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Platform extends Descriptor {
  readonly platform: { readonly os: string; readonly architecture: string };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export class Pusher {
  /** @param repository below the registry: `http://127.0.0.1:PORT/v2/team/ranker`. */
  constructor(private readonly repository: string) {}

  /** One platform. @returns its descriptor. */
  async image(
    layers: readonly Layer[],
    tag?: string,
    mediaType = OCI_MANIFEST,
    architecture = 'amd64',
  ): Promise<Platform> {
    const types = TYPES[mediaType] ?? { config: '', layer: '' };
    const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
    const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs, config: {} }));
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: await this.blob(config, types.config),
      layers: await Promise.all(layers.map(({ bytes }) => this.blob(bytes, types.layer))),
    };
    const descriptor = await this.manifest(manifest, mediaType, tag);
    return { ...descriptor, platform: { os: 'linux', architecture } };
  }

  /** Several platforms. */
  index(manifests: readonly Platform[], tag?: string): Promise<Descriptor> {
    return this.manifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX, tag);
  }

  async manifest(content: object, mediaType: string, tag?: string): Promise<Descriptor> {
    const bytes = Buffer.from(JSON.stringify(content, null, 3));
    const digest = digestOf(bytes);
    const url = `${this.repository}/manifests/${tag ?? digest}`;
    await expectStatus(201, await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes }));
    return { mediaType, digest, size: bytes.length };
  }

  async blob(bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const begun = await fetch(`${this.repository}/blobs/uploads/`, { method: 'POST' });
    await expectStatus(202, begun);
    const url = new URL(begun.headers.get('location') ?? '', this.repository);
    url.searchParams.set('digest', digest);
    await expectStatus(201, await fetch(url, { method: 'PUT', body: Buffer.from(bytes) }));
    return { mediaType, digest, size: bytes.length };
  }
}

async function expectStatus(wanted: number, reply: Response): Promise<void> {
  if (reply.status !== wanted) throw new Error(`${reply.url}: ${reply.status} ${await reply.text()}`);
  await reply.body?.cancel();
}
