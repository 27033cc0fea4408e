/** The part of CBOR (RFC 8949) that AWS's rpc-v2-cbor protocol uses; botocore speaks it to CloudWatch by default. */

const TAG_EPOCH = 1;

export function encodeCbor(value: unknown): Buffer {
  const parts: Buffer[] = [];
  encodeInto(parts, value);
  return Buffer.concat(parts);
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  const buffer = Buffer.alloc(value < 0x1_0000_0000 ? 5 : 9);
  buffer[0] = (major << 5) | (buffer.length === 5 ? 26 : 27);
  if (buffer.length === 5) buffer.writeUInt32BE(value, 1);
  else buffer.writeBigUInt64BE(BigInt(value), 1);
  return buffer;
}

function encodeInto(parts: Buffer[], value: unknown): void {
  if (value === null || value === undefined) parts.push(Buffer.from([0xf6]));
  else if (typeof value === 'boolean') parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  else if (typeof value === 'number') encodeNumber(parts, value);
  else if (typeof value === 'string') parts.push(head(3, Buffer.byteLength(value)), Buffer.from(value));
  else if (value instanceof Date) {
    parts.push(head(6, TAG_EPOCH));
    encodeNumber(parts, value.getTime() / 1000);
  } else if (Array.isArray(value)) {
    parts.push(head(4, value.length));
    for (const item of value) encodeInto(parts, item);
  } else {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    parts.push(head(5, entries.length));
    for (const [key, member] of entries) {
      encodeInto(parts, key);
      encodeInto(parts, member);
    }
  }
}

function encodeNumber(parts: Buffer[], value: number): void {
  if (Number.isSafeInteger(value)) parts.push(value >= 0 ? head(0, value) : head(1, -1 - value));
  else {
    const buffer = Buffer.alloc(9);
    buffer[0] = 0xfb;
    buffer.writeDoubleBE(value, 1);
    parts.push(buffer);
  }
}

/** Decodes one value. Times become epoch seconds, so that the result looks like the JSON protocol's. Throws on what is cut off. */
export function decodeCbor(buffer: Buffer): unknown {
  return new Decoder(buffer).value();
}

const BREAK = Symbol('break');

class Decoder {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  value(): unknown {
    const initial = this.buffer.readUInt8(this.at++);
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (major === 7) return this.simple(info);
    const indefinite = info === 31;
    const length = indefinite ? Infinity : this.length(info);
    switch (major) {
      case 0:
        return length;
      case 1:
        return -1 - length;
      case 2:
        return this.take(length);
      case 3:
        return indefinite ? this.items(Infinity).join('') : this.take(length).toString('utf8');
      case 4:
        return this.items(length);
      case 5:
        return this.entries(length);
      default:
        return this.value(); // A tag: only epoch times occur, and their number is what we want.
    }
  }

  private simple(info: number): unknown {
    if (info === 20 || info === 21) return info === 21;
    if (info === 26) return this.take(4).readFloatBE(0);
    if (info === 27) return this.take(8).readDoubleBE(0);
    if (info === 31) return BREAK;
    return null;
  }

  private length(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.take(1).readUInt8(0);
    if (info === 25) return this.take(2).readUInt16BE(0);
    if (info === 26) return this.take(4).readUInt32BE(0);
    return Number(this.take(8).readBigUInt64BE(0));
  }

  private take(length: number): Buffer {
    if (this.at + length > this.buffer.length) throw new Error('CBOR is cut off');
    const part = this.buffer.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  private items(length: number): unknown[] {
    const items: unknown[] = [];
    while (items.length < length) {
      const item = this.value();
      if (item === BREAK) break;
      items.push(item);
    }
    return items;
  }

  private entries(length: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    for (let index = 0; index < length; index += 1) {
      const key = this.value();
      if (key === BREAK) break;
      entries[String(key)] = this.value();
    }
    return entries;
  }
}
