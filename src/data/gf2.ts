/**
 * Cyclic redundancy checks as arithmetic on polynomials over GF(2), reflected as all of ours are. The checksum of two
 * parts in a row follows from their checksums and the second one's length: appending n zero bytes multiplies by x^8n.
 */

export interface Polynomial {
  /** Of the checksum. Unit: bits. */
  readonly width: number;
  /** Without its highest term, reflected: the lowest bit is the highest power. */
  readonly reflected: bigint;
}

export const CRC32: Polynomial = { width: 32, reflected: 0xedb88320n };
export const CRC32C: Polynomial = { width: 32, reflected: 0x82f63b78n };
/** CRC-64/NVME; 0xad93d23594c93659 before reflection. */
export const CRC64NVME: Polynomial = { width: 64, reflected: 0x9a6c9329ac4bc9b5n };

/**
 * The checksum of a followed by b. All of ours begin and end with an inversion, whose effects cancel here.
 * @param bLength of the second part. Unit: bytes.
 */
export function combineCrc(polynomial: Polynomial, a: bigint, b: bigint, bLength: number): bigint {
  if (bLength === 0) return a;
  return multiply(polynomial, powerOfX(polynomial, BigInt(bLength) * 8n), a) ^ b;
}

/** Reflected, so the polynomial 1 is the highest bit, and dividing by x is what shifts left. */
function multiply({ width, reflected }: Polynomial, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ reflected : shifted >> 1n;
  }
  return product;
}

function powerOfX(polynomial: Polynomial, exponent: bigint): bigint {
  const one = 1n << BigInt(polynomial.width - 1);
  let [result, square] = [one, one >> 1n];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(polynomial, result, square);
    square = multiply(polynomial, square, square);
  }
  return result;
}
