/** Checksums of content as S3 writes them, computed while bytes go by, and of a whole from its parts. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assertNever } from '../domain/errors';
import type { Checksum, ChecksumKind } from '../ports/object-store';
import type { Halves } from './crc-tables';
import { crc32c, crc64nvme } from './crc-tables';
import type { Polynomial } from './gf2';
import { combineCrc, CRC32, CRC32C, CRC64NVME } from './gf2';

/** Where nothing else is given: Node computes it in native code, every S3 since 2022 knows it, and parts combine. */
export const DEFAULT_KIND: ChecksumKind = 'crc32';

export interface Summing {
  add(bytes: Uint8Array): void;
  /** Of all that was added; to be asked once. */
  done(): Checksum;
}

export function summing(kind: ChecksumKind): Summing {
  switch (kind) {
    case 'crc32':
      return summing32(kind, (bytes, before) => crc32(bytes, before));
    case 'crc32c':
      return summing32(kind, crc32c);
    case 'crc64nvme':
      return summing64();
    case 'sha256': {
      const hash = createHash('sha256');
      return { add: (bytes) => void hash.update(bytes), done: () => ({ kind, value: hash.digest('base64') }) };
    }
    default:
      return assertNever(kind);
  }
}

function summing32(kind: ChecksumKind, step: (bytes: Uint8Array, before: number) => number): Summing {
  let crc = 0;
  return {
    add: (bytes) => void (crc = step(bytes, crc)),
    done: () => ({ kind, value: base64Of(BigInt(crc >>> 0), 32) }),
  };
}

function summing64(): Summing {
  let crc: Halves = { low: 0, high: 0 };
  return {
    add: (bytes) => void (crc = crc64nvme(bytes, crc)),
    done: () => ({ kind: 'crc64nvme', value: base64Of((BigInt(crc.high) << 32n) | BigInt(crc.low), 64) }),
  };
}

export function checksumOf(kind: ChecksumKind, bytes: Uint8Array): Checksum {
  const sum = summing(kind);
  sum.add(bytes);
  return sum.done();
}

export interface PartSum {
  readonly sizeBytes: number;
  readonly checksum: Checksum;
}

/** @returns of the whole; undefined for a kind that does not combine, for mixed kinds, and for no parts. */
export function combineParts(parts: readonly PartSum[]): Checksum | undefined {
  const kind = parts[0]?.checksum.kind;
  const polynomial = kind === undefined ? undefined : POLYNOMIALS[kind];
  if (kind === undefined || polynomial === undefined) return undefined;
  if (parts.some(({ checksum }) => checksum.kind !== kind)) return undefined;
  const whole = parts.reduce(
    (crc, { sizeBytes, checksum }) => combineCrc(polynomial, crc, numberOf(checksum), sizeBytes),
    0n,
  );
  return { kind, value: base64Of(whole, polynomial.width) };
}

const POLYNOMIALS: Readonly<Partial<Record<ChecksumKind, Polynomial>>> = {
  crc32: CRC32,
  crc32c: CRC32C,
  crc64nvme: CRC64NVME,
};

/** Whether parts of it can be combined, so that it can be had of an object that goes in parts. */
export function combines(kind: ChecksumKind): boolean {
  return POLYNOMIALS[kind] !== undefined;
}

/** @returns undefined when they cannot be compared: one is missing, or they are of two kinds. */
export function agree(a: Checksum | undefined, b: Checksum | undefined): boolean | undefined {
  if (a === undefined || b === undefined || a.kind !== b.kind) return undefined;
  return a.value === b.value;
}

/** For people: `crc32:AbCdEf==`. */
export function showChecksum(checksum: Checksum): string {
  return `${checksum.kind}:${checksum.value}`;
}

function numberOf({ value }: Checksum): bigint {
  return BigInt(`0x${Buffer.from(value, 'base64').toString('hex') || '0'}`);
}

function base64Of(crc: bigint, width: number): string {
  return Buffer.from(crc.toString(16).padStart(width / 4, '0'), 'hex').toString('base64');
}
