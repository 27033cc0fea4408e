import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Reply {
  readonly status: number;
  /** One line, unless it has a type of its own. */
  readonly body: string;
  readonly contentType?: string;
  readonly retryAfterSeconds?: number;
}

/** How long the rest of a body that nobody wants is read and thrown away, so that its sender hears why. Unit: milliseconds. */
const LINGER_MS_MAX = 10_000;

/** The connection stays. Does nothing for a user who has left. */
export function reply(request: IncomingMessage, response: ServerResponse, answer: Reply): void {
  if (!request.complete) linger(request);
  if (response.headersSent || response.destroyed) return;
  const { status, contentType, retryAfterSeconds } = answer;
  const body = contentType === undefined ? `${answer.body}\n` : answer.body;
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain',
    'content-length': Buffer.byteLength(body),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(body);
}

function linger(request: IncomingMessage): void {
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS_MAX);
  const end = (): void => {
    clearTimeout(timer);
    socket.off('close', end);
  };
  request.once('end', end);
  // A request that is answered does not say that its connection was closed.
  socket.once('close', end);
  request.resume();
}
