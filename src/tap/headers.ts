import type { IncomingMessage } from 'node:http';

export type HeaderMap = Record<string, string | string[]>;

/** Tells a tap that this is a copy, made by a tap of the same token. */
export const MARK_HEADER = 'x-crossfade-tap';

/** A load balancer's own requests are no traffic, and each server answers them in its own words. */
export function isHealthCheck({ headers }: IncomingMessage): boolean {
  return (headers['user-agent'] ?? '').startsWith('ELB-HealthChecker/');
}

/** Belong to one connection, never to the next (RFC 9110, 7.6.1); `expect` has been answered by our own server. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** All headers that travel on, repeated ones as lists; names in lower case. */
export function endToEndHeaders(message: IncomingMessage): HeaderMap {
  const named = new Set((message.headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  const headers: HeaderMap = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (values === undefined || HOP_BY_HOP.has(name) || named.has(name)) continue;
    headers[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return headers;
}

/** The path below a base URL; takes a request target in absolute form too. */
export function pathBelow(base: URL, requestTarget: string): string {
  const path = requestTarget.replace(/^https?:\/\/[^/?#]*/i, '');
  return `${base.pathname.replace(/\/+$/, '')}${path.startsWith('/') ? '' : '/'}${path}`;
}
