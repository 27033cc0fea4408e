import type { ByteSpan } from '../ports/object-store';

const MIB = 1_048_576;
/** S3's limits. */
export const PARTS_MAX = 10_000;
export const OBJECT_BYTES_MAX = 5 * 1_024 ** 4;

export interface Part extends ByteSpan {
  /** 1 to 10,000. */
  readonly number: number;
  readonly sizeBytes: number;
}

/** Whole MiB, as large as asked for or as 10,000 parts need: 525 MiB for 5 TiB. Unit: bytes. */
export function partBytesFor(sizeBytes: number, partBytesWanted: number): number {
  return Math.max(partBytesWanted, Math.ceil(sizeBytes / PARTS_MAX / MIB) * MIB);
}

/** All of one size but the last, which is not empty. @param sizeBytes 1 or more. */
export function partsOf(sizeBytes: number, partBytes: number): Part[] {
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => {
    const first = index * partBytes;
    const last = Math.min(first + partBytes, sizeBytes) - 1;
    return { number: index + 1, first, last, sizeBytes: last - first + 1 };
  });
}
