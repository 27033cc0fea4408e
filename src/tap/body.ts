import type { IncomingMessage } from 'node:http';

/** Larger bodies travel to the user, but are neither copied nor compared. Unit: bytes. */
export const BODY_BYTES_MAX = 1_048_576;

export type WholeBody = Buffer | 'too_large' | 'aborted';

/**
 * Keeps what passes by, without holding it up. Whoever reads the message reads it as before.
 * The listener does not start the flow: somebody must pipe or resume the message.
 */
export function captureBody(message: IncomingMessage): Promise<WholeBody> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let byteCount = 0;
    message.on('data', (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks = [];
    });
    message.on('end', () => resolve(byteCount <= BODY_BYTES_MAX ? Buffer.concat(chunks) : 'too_large'));
    // After 'end' these change nothing: a promise is settled once.
    message.on('error', () => resolve('aborted'));
    message.on('close', () => resolve('aborted'));
  });
}
