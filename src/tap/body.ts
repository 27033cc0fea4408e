import type { IncomingMessage } from 'node:http';
import type { Allowance } from '../server/byte-budget';
import { PIECE_BYTES } from '../server/byte-budget';

/** Larger bodies travel to the user, but are neither copied nor compared. Unit: bytes. */
export const BODY_BYTES_MAX = 1_048_576;

/** A body as it came, in pieces: most are sent on or handed on, and joining each would cost as much memory again. */
export type BodyParts = readonly Buffer[];

/** `no_room`: it came whole, but could not be kept. */
export type WholeBody = BodyParts | 'too_large' | 'no_room' | 'aborted';

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
      else if (missing === undefined && !allowance.take(chunk.length + PIECE_BYTES)) missing = 'no_room';
      if (missing === undefined) chunks.push(chunk);
      else chunks = [];
    });
    message.on('end', () => resolve(missing ?? chunks));
    // After 'end' these change nothing: a promise is settled once.
    message.on('error', () => resolve('aborted'));
    message.on('close', () => resolve('aborted'));
  });
}
