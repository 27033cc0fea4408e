/** One POST to a webhook: bounded in time, to the very address that was checked, and not one step further. */
import http from 'node:http';
import https from 'node:https';
import { MigrationError } from '../domain/errors';
import { checkedLookup, refusePrivateAddress } from './webhook-address';

export interface WebhookLimits {
  /** From the first look at DNS to the head of the answer. Unit: milliseconds. */
  readonly deadlineMs: number;
  /** Hosts that may have a private address. */
  readonly privateHosts: readonly string[];
}

/** Answers that a later attempt may better. */
const RETRIED = new Set([408, 425, 429]);

/**
 * Any 2xx is a delivery. Redirects are not followed: what was signed and checked for one address is not for another.
 * @throws NoticeRefused for what a repetition cannot cure, EndpointUnreachable for the rest.
 */
export async function postWebhook(
  url: URL,
  body: string,
  { deadlineMs, privateHosts }: WebhookLimits,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  // The path of a webhook is often its password, so only the host is named.
  const doing = `POST to the webhook at ${url.host}`;
  refusePrivateAddress(url, privateHosts);
  const status = await exchange(url, body, headers, deadlineMs, privateHosts).catch((error: unknown) => {
    if (error instanceof MigrationError) throw error;
    throw new MigrationError('EndpointUnreachable', `${doing}: ${(error as Error).message}`);
  });
  if (status >= 200 && status < 300) return;
  const answer = `${doing} was answered with ${status}`;
  if (status >= 500 || RETRIED.has(status)) throw new MigrationError('EndpointUnreachable', answer);
  throw new MigrationError('NoticeRefused', status < 400 ? `${answer}; redirects are not followed` : answer);
}

function exchange(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  deadlineMs: number,
  privateHosts: readonly string[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options: http.RequestOptions = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'crossfade' },
      agent: false,
      lookup: checkedLookup(privateHosts),
    };
    const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
      resolve(response.statusCode ?? 0);
      // What it says beside its status interests nobody.
      response.destroy();
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
    request.on('error', reject);
    request.on('close', () => clearTimeout(timer));
    request.end(body);
  });
}
