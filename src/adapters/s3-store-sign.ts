/**
 * AWS Signature Version 4 for S3, with the day's key kept. The SDK's signer hashes header values as UTF-8 where the wire
 * carries Latin-1, and takes twice as long (docs/decisions/0014); the tests hold this one against it.
 */
import { createHash, createHmac } from 'node:crypto';

/** SHA-256 of no bytes. Unit: hex. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Unsigned {
  readonly method: string;
  /** Escaped as S3 signs it: every byte but letters, digits, `-._~` and slashes. */
  readonly path: string;
  /** Names and values as `escapeForS3` leaves them; sorted by name, joined with `=` and `&`. */
  readonly query: string;
  /** Names in lower case. Every one of them is signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadSha256: string;
}

/** Every byte but letters, digits and `-._~` as %XX. @throws URIError of half a surrogate pair, which no key of S3 holds. */
export function escapeForS3(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export class S3Signer {
  private keyFor = '';
  private key: Buffer = Buffer.alloc(0);
  private second = Number.NaN;
  private stamp = '';

  constructor(private readonly region: string) {}

  /**
   * @param nowMs the server's time: S3 refuses a signature that is 15 minutes off.
   * @returns the request's headers with those of the signature, in lower case.
   */
  sign(request: Unsigned, identity: Identity, nowMs: number): Record<string, string> {
    const stamp = this.stampOf(nowMs);
    const day = stamp.slice(0, 8);
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-content-sha256': request.payloadSha256,
      'x-amz-date': stamp,
      ...(identity.sessionToken === undefined ? {} : { 'x-amz-security-token': identity.sessionToken }),
    };
    const names = Object.keys(headers).sort();
    const signed = names.join(';');
    let canonical = `${request.method}\n${request.path}\n${request.query}\n`;
    for (const name of names) canonical += `${name}:${trimmed(headers[name] ?? '')}\n`;
    canonical += `\n${signed}\n${request.payloadSha256}`;
    const scope = `${day}/${this.region}/s3/aws4_request`;
    // Header values go over the wire as Latin-1, so that is what the server hashes.
    const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
    const signature = createHmac('sha256', this.keyOf(identity, day))
      .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash}`)
      .digest('hex');
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${identity.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  }

  /** `20261122T025307Z`. */
  private stampOf(nowMs: number): string {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.stamp = `${new Date(second * 1_000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    }
    return this.stamp;
  }

  private keyOf({ secretAccessKey }: Identity, day: string): Buffer {
    const keyFor = `${day} ${secretAccessKey}`;
    if (keyFor !== this.keyFor) {
      const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
      this.key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), this.region), 's3'), 'aws4_request');
      this.keyFor = keyFor;
    }
    return this.key;
  }
}

function trimmed(value: string): string {
  return /^\s|\s$|\s\s/.test(value) ? value.trim().replace(/\s+/g, ' ') : value;
}
