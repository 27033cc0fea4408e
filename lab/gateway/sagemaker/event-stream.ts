/** The frames in which AWS sends a response stream. */
import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** A piece of the model's answer. */
export function payloadPart(bytes: Buffer): Uint8Array {
  return frame(
    { ':message-type': 'event', ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream' },
    bytes,
  );
}

/** Ends a stream that the model broke off. */
export function modelStreamError(message: string): Uint8Array {
  const body = Buffer.from(JSON.stringify({ Message: message, ErrorCode: 'StreamBroken' }));
  const kind = { ':message-type': 'exception', ':exception-type': 'ModelStreamError' };
  return frame({ ...kind, ':content-type': 'application/json' }, body);
}

function frame(headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  return codec.encode({ headers: Object.fromEntries(typed) as Parameters<typeof codec.encode>[0]['headers'], body });
}
