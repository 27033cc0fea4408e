import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import type { CopySpec } from '../domain/spec';

/** Two numbers that depend on nothing but the key. Each from 0 (included) to 1 (not included), all equally likely. */
export interface Draw {
  /** Below the fraction: the request is copied. So a larger fraction copies the same requests and some more. */
  readonly copy: number;
  /** Below the share of noise: a copied request goes to the source a second time. */
  readonly noise: number;
}

const PART_BYTES = 6;
const PART_RANGE = 2 ** (8 * PART_BYTES);

/** The key of a request, while it arrives. Ask for the draw once its body has ended. */
export interface SampleKey {
  draw(): Draw;
}

/**
 * The header's value, so that a conversation stays together; without one, method, path and body.
 * Adds a listener and does not start the flow: somebody must pipe or resume the request.
 */
export function sampleKeyOf(request: IncomingMessage, sampleBy: CopySpec['sampleBy']): SampleKey {
  const named = sampleBy === undefined ? undefined : request.headersDistinct[sampleBy.header.toLowerCase()];
  if (named !== undefined) return { draw: () => drawOf(named.join(',')) };
  // Every body passes here, on the user's way: the checksum takes a quarter of the digest's time, and two bodies that
  // share one only share their draw.
  let checksum = 0;
  request.on('data', (chunk: Buffer) => (checksum = crc32(chunk, checksum)));
  return { draw: () => drawOf(`${request.method ?? ''} ${request.url ?? ''}\n${checksum}`) };
}

/** SHA-1 because it spreads keys that differ in one character; it guards nothing. */
function drawOf(key: string): Draw {
  const digest = createHash('sha1').update(key).digest();
  return {
    copy: digest.readUIntBE(0, PART_BYTES) / PART_RANGE,
    noise: digest.readUIntBE(PART_BYTES, PART_BYTES) / PART_RANGE,
  };
}
