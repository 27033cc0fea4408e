/** Frames of `application/vnd.amazon.eventstream`, as the runtime sends them. */
import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

type FrameHeaders = Readonly<Record<string, string>>;

function frame(headers: FrameHeaders, body: Buffer): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]),
    ),
    body,
  });
}

export function payloadPart(bytes: string | Buffer): Uint8Array {
  return frame(
    { ':message-type': 'event', ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream' },
    Buffer.from(bytes),
  );
}

export function streamException(type: 'ModelStreamError' | 'InternalStreamFailure', body: object): Uint8Array {
  return frame(
    { ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' },
    Buffer.from(JSON.stringify(body)),
  );
}
