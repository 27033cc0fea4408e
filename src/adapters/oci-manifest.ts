/** Manifests and indexes of images, as the OCI image specification and Docker before it write them. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../domain/errors';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  /** As it was read: what its digest is taken over. */
  readonly bytes: Buffer;
  /** Manifests that an index names; none where it is of one platform. */
  readonly children: readonly Descriptor[];
  /** Configuration and layers; none where it is an index. */
  readonly blobs: readonly Descriptor[];
}

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** For the header of that name: a registry answers with something else, or converts, where it is left out. */
export const ACCEPTED = [...INDEXES, ...MANIFESTS].join(', ');

/** The specification's own limit. */
export const MANIFEST_BYTES_MAX = 4 * 1024 ** 2;
const CHILDREN_MAX = 500;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** @param what for messages: the reference. @throws RegistryRejected for what is no manifest, or one that we cannot copy whole. */
export function parseManifest(bytes: Buffer, contentType: string, what: string): Manifest {
  const document = parseObject(bytes, what);
  const mediaType = typeof document['mediaType'] === 'string' ? document['mediaType'] : contentType;
  const digest = sha256Of(bytes);
  if (INDEXES.includes(mediaType)) {
    const children = descriptors(document['manifests'], `${what} manifests`);
    if (children.length > CHILDREN_MAX)
      throw rejected(`${what} names ${children.length} manifests, more than ${CHILDREN_MAX}`);
    return { mediaType, digest, bytes, children, blobs: [] };
  }
  if (!MANIFESTS.includes(mediaType))
    throw rejected(`${what} is ${mediaType || 'of no media type'}, which is not copied; it can be ${ACCEPTED}`);
  const config = descriptors([document['config']], `${what} config`);
  return {
    mediaType,
    digest,
    bytes,
    children: [],
    blobs: [...config, ...descriptors(document['layers'], `${what} layers`)],
  };
}

function parseObject(bytes: Buffer, what: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw rejected(`${what} is no manifest: not a JSON object`);
}

function descriptors(listed: unknown, what: string): Descriptor[] {
  if (!Array.isArray(listed)) throw rejected(`${what} is not a list`);
  return listed.map((one: unknown, index) => {
    const { mediaType, digest, size, urls } = (one ?? {}) as Record<string, unknown>;
    if (typeof digest !== 'string' || !DIGEST.test(digest))
      throw rejected(`${what}[${index}] has the digest ${String(digest)}; only sha256 is known`);
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      throw rejected(`${what}[${index}] ${digest} has the size ${String(size)}`);
    if (Array.isArray(urls) && urls.length > 0)
      throw rejected(`${what}[${index}] ${digest} is kept outside of the registry (${String(urls[0])})`);
    return { mediaType: typeof mediaType === 'string' ? mediaType : '', digest, sizeBytes: size };
  });
}

function rejected(message: string): MigrationError {
  return new MigrationError('RegistryRejected', message);
}
