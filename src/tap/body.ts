import type { IncomingMessage } from 'node:http';
import type { Allowance } from './byte-budget';

/** Larger bodies travel to the user, but are neither copied nor compared. Unit: bytes. */
export const BODY_BYTES_MAX = 1_048_576;

/** `no_room`: it came whole, but could not be kept. */
export type WholeBody = Buffer | 'too_large' | 'no_room' | 'aborted';

/**
 * Keeps what passes by, without holding it up. Whoever reads the message reads it as before.
 * The listener does not start the flow: somebody must pipe or resume the message.
 */
export function captureBody(message: IncomingMessage, allowance: Allowance): Promise<WholeBody> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let byteCount = 0;
    let missing: 'too_large' | 'no_room' | undefined;
    message.on('data', (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount > BODY_BYTES_MAX) missing = 'too_large';
      else if (missing === undefined && !allowance.take(chunk.length)) missing = 'no_room';
      if (missing === undefined) chunks.push(chunk);
      else chunks = [];
    });
    // Joined even when it is one chunk: that one's memory belongs to the connection as well.
    message.on('end', () => resolve(missing ?? Buffer.concat(chunks)));
    // After 'end' these change nothing: a promise is settled once.
    message.on('error', () => resolve('aborted'));
    message.on('close', () => resolve('aborted'));
  });
}
