import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ByteBudget } from '../server/byte-budget';
import { ATTRIBUTES_HEADER, attributesOf } from './attributes';
import type { ProxyConfig } from './config';
import { Deadline } from './deadline';
import type { Endpoint, Inference } from './endpoint';
import type { RareLog } from './rare-log';
import { readBody } from './read-body';
import type { WholeBody } from './read-body';
import { busy, Late, refusalOf } from './refusal';
import { reply } from './reply';
import type { Reply } from './reply';

/** What every request is answered with. */
export interface Desk {
  readonly config: ProxyConfig;
  readonly endpoint: Endpoint;
  readonly budget: ByteBudget;
  readonly log: RareLog;
}

const VARIANT_HEADER = 'x-amzn-invoked-production-variant';
/**
 * One request, asked of the endpoint and answered from it.
 * 1. The endpoint is asked at most once, and by nobody any more once the user has left.
 * 2. What was begun cannot be taken back: an answer that breaks off is cut, so that the user knows that it is not whole.
 * 3. Resolves when nothing is held any more, and never rejects.
 */
export async function answerInference(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { config, endpoint, budget, log } = desk;
  const held = budget.open();
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  // What is written to a user who has just left is an error that nobody needs.
  response.on('error', () => undefined);
  const attributes = attributesOf(request);
  const body =
    'refusal' in attributes ? undefined : await readBody(request, held, config.bodyBytesMax, config.timeoutMs);
  const deadline = new Deadline(config.timeoutMs);
  void closed.then(() => (response.writableFinished ? deadline.end() : deadline.cancel()));
  deadline.signal.addEventListener('abort', () => {
    // Late after it was begun: the endpoint stalls, or the user does not read.
    if (response.headersSent) response.destroy();
  });
  try {
    if ('refusal' in attributes) reply(request, response, { status: 400, body: attributes.refusal });
    else if (!Buffer.isBuffer(body)) reply(request, response, bodyRefusal(body ?? 'left', config));
    else {
      const { 'content-type': contentType, accept } = request.headers;
      const invocation = { body, contentType, accept, attributes: attributes.value };
      const ask = isStreamWanted(request, config) ? 'stream' : 'invoke';
      await relay(await endpoint[ask](invocation, deadline.signal), response, deadline);
    }
  } catch (error) {
    // An abort's error is the SDK's; its reason is ours.
    const cause: unknown = deadline.signal.reason instanceof Late ? deadline.signal.reason : error;
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) {
      const refusal = refusalOf(cause, config.endpoint);
      if (refusal.log !== undefined) log.say(refusal.log.kind, refusal.log.line);
      reply(request, response, refusal);
    }
  }
  await closed;
  held.close();
}

function isStreamWanted({ headers, url }: IncomingMessage, { streamPath }: ProxyConfig): boolean {
  return (
    /\btext\/event-stream\b/i.test(headers.accept ?? '') || (streamPath !== undefined && pathOf(url) === streamPath)
  );
}

/** Without the query. */
export function pathOf(url = '/'): string {
  return url.replace(/[?#].*$/, '');
}

async function relay(inference: Inference, response: ServerResponse, deadline: Deadline): Promise<void> {
  const { body } = inference;
  if (body instanceof Uint8Array) {
    response.writeHead(200, { ...headersOf(inference), 'content-length': body.byteLength });
    response.end(body);
    return;
  }
  response.writeHead(200, headersOf(inference));
  response.flushHeaders();
  for await (const part of body) {
    deadline.extend();
    if (!response.write(part)) await once(response, 'drain', { signal: deadline.signal });
  }
  deadline.extend();
  response.end();
}

function headersOf({ contentType, variant, attributes, requestId }: Inference): OutgoingHttpHeaders {
  return {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(variant === undefined ? {} : { [VARIANT_HEADER]: variant }),
    ...(attributes === undefined ? {} : { [ATTRIBUTES_HEADER]: attributes }),
    ...(requestId === undefined ? {} : { 'x-amzn-requestid': requestId }),
  };
}

function bodyRefusal(body: Exclude<WholeBody, Buffer>, { bodyBytesMax }: ProxyConfig): Reply {
  switch (body) {
    case 'too_large':
      return { status: 413, body: `the body has more than ${bodyBytesMax} bytes` };
    case 'no_room':
      return busy('too many large bodies are under way');
    case 'late':
      return { status: 408, body: 'the body did not come in time' };
    case 'left':
      return { status: 400, body: 'the body broke off' };
  }
}
