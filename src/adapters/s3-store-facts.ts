/** What goes along with an object's bytes, as headers of S3; and what S3 says of the bytes. */
import type http from 'node:http';
import type { Checksum, ChecksumKind, ObjectFacts } from '../ports/object-store';
import { lockFrom } from './s3-store-lock';
import { escapeForS3 } from './s3-store-sign';
import { textOf } from './s3-store-xml';

/** What a place gives to everything that is written there. */
export interface WriteDefaults {
  /** Missing: the bucket's own encryption. */
  readonly kmsKeyId?: string;
  /** Missing: as the source's. */
  readonly storageClass?: string;
}

const CONTENT_HEADERS = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
] as const;
const METADATA = 'x-amz-meta-';
/** Other servers have classes of their own, which mean nothing elsewhere. */
const STORAGE_CLASSES = new Set([
  'DEEP_ARCHIVE',
  'GLACIER',
  'GLACIER_IR',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
]);
/** The strongest first; of the first two S3 says only what holds for the whole object. */
const CHECKSUM_KINDS: readonly ChecksumKind[] = ['crc64nvme', 'crc32c', 'crc32', 'sha256'];

/** Headers of a request that writes an object with these facts, but for its lock. */
export function headersOf(facts: ObjectFacts, defaults: WriteDefaults): Record<string, string> {
  const headers: Record<string, string> = { ...defaultHeaders(defaults, facts.storageClass) };
  for (const [name, value] of Object.entries(facts.headers)) headers[name] = headerSafe(value);
  for (const [name, value] of Object.entries(facts.metadata)) headers[`${METADATA}${name}`] = headerSafe(value);
  const tags = Object.entries(facts.tags).map(([name, value]) => `${escapeForS3(name)}=${escapeForS3(value)}`);
  if (tags.length > 0) headers['x-amz-tagging'] = tags.join('&');
  return headers;
}

/** Headers of a copy, whose other facts stay with the service. */
export function defaultHeaders(
  { kmsKeyId, storageClass }: WriteDefaults,
  ofSource: string | undefined,
): Record<string, string> {
  const wanted = storageClass ?? ofSource;
  return {
    ...(kmsKeyId === undefined
      ? {}
      : {
          'x-amz-server-side-encryption': 'aws:kms',
          'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
          'x-amz-server-side-encryption-bucket-key-enabled': 'true',
        }),
    ...(wanted !== undefined && STORAGE_CLASSES.has(wanted) ? { 'x-amz-storage-class': wanted } : {}),
  };
}

export function factsFrom(headers: http.IncomingHttpHeaders, tags: Readonly<Record<string, string>>): ObjectFacts {
  const content: Record<string, string> = {};
  for (const name of CONTENT_HEADERS) {
    const value = withoutTransferCoding(name, textValue(headers[name]));
    if (value !== '') content[name] = value;
  }
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = textValue(value);
  const storageClass = textValue(headers['x-amz-storage-class']);
  const lock = lockFrom(headers);
  return {
    headers: content,
    metadata,
    tags,
    ...(storageClass === '' ? {} : { storageClass }),
    ...(lock === undefined ? {} : { lock }),
  };
}

/** Of a reply to a write. `null` names the version of a bucket that keeps none. */
export function versionFrom(headers: http.IncomingHttpHeaders): { versionId?: string } {
  const versionId = textValue(headers['x-amz-version-id']);
  return versionId === '' ? {} : { versionId };
}

/** undefined: nothing is said of the whole content. A checksum of parts' checksums ends with their number, or is named so. */
export function checksumFrom(headers: http.IncomingHttpHeaders): Checksum | undefined {
  return wholeChecksum((kind) => headers[checksumHeader(kind)], headers['x-amz-checksum-type']);
}

/** As `checksumFrom`, of the result of a copy. */
export function checksumIn(xml: string): Checksum | undefined {
  if (!xml.includes('<Checksum')) return undefined;
  return wholeChecksum((kind) => textOf(xml, `Checksum${kind.toUpperCase()}`), textOf(xml, 'ChecksumType'));
}

export function checksumHeader(kind: ChecksumKind): string {
  return `x-amz-checksum-${kind}`;
}

function wholeChecksum(
  valueOf: (kind: ChecksumKind) => string | string[] | undefined,
  type: string | string[] | undefined,
): Checksum | undefined {
  if (type === 'COMPOSITE') return undefined;
  for (const kind of CHECKSUM_KINDS) {
    const value = textValue(valueOf(kind));
    if (value !== '' && !value.includes('-')) return { kind, value };
  }
  return undefined;
}

function textValue(value: string | string[] | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(',');
}

/** Some servers keep how an upload was cut into chunks as if it were the content's own encoding. */
function withoutTransferCoding(name: string, value: string): string {
  if (name !== 'content-encoding' || !value.includes('aws-chunked')) return value;
  return value
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',');
}

/** Replies bring bytes as Latin-1, which go back as they came; what cannot be such a byte is encoded as S3 itself does. */
function headerSafe(value: string): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
}
