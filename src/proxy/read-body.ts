import type { IncomingMessage } from 'node:http';
import type { Allowance } from '../server/byte-budget';
import { PIECE_BYTES } from '../server/byte-budget';

/** `left`: the sender went before the end. `late`: it did not come in time. */
export type WholeBody = Buffer | 'too_large' | 'no_room' | 'left' | 'late';

/** The body as one piece: SageMaker's signature covers it whole. What is refused is not read on. */
export function readBody(
  message: IncomingMessage,
  allowance: Allowance,
  bytesMax: number,
  timeoutMs: number,
): Promise<WholeBody> {
  if (Number(message.headers['content-length'] ?? 0) > bytesMax) return Promise.resolve('too_large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    const settle = (body: WholeBody): void => {
      clearTimeout(timer);
      message.off('data', take);
      resolve(body);
    };
    const take = (chunk: Buffer): void => {
      byteCount += chunk.length;
      if (byteCount > bytesMax) settle('too_large');
      else if (!allowance.take(chunk.length + PIECE_BYTES)) settle('no_room');
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => settle('late'), timeoutMs);
    message.on('data', take);
    message.on('end', () => settle(Buffer.concat(chunks)));
    // After 'end' these change nothing: a promise is settled once.
    message.on('error', () => settle('left'));
    message.on('close', () => settle('left'));
  });
}
