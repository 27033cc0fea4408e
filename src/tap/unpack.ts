import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** A small body that unpacks into a huge one stays packed. Unit: bytes. */
const UNPACKED_BYTES_MAX = 8 * 1_048_576;

const UNPACKERS: ReadonlyMap<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = new Map(
  [
    ['gzip', promisify(gunzip)],
    ['x-gzip', promisify(gunzip)],
    ['deflate', promisify(inflate)],
    ['br', promisify(brotliDecompress)],
  ],
);

/** @returns undefined when it is packed in a way that we cannot undo, or is broken. */
export async function unpack(body: Buffer, contentEncoding: string): Promise<Buffer | undefined> {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || body.length === 0) return body;
  try {
    return await UNPACKERS.get(encoding)?.(body, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    return undefined;
  }
}
