/** How a registry asks for credentials: the header WWW-Authenticate, and the token service that it names. */
import { MigrationError } from '../domain/errors';

export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: URL; readonly service?: string; readonly scope?: string };

/** @returns undefined where the registry asks in no way that we know. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const fields = Object.fromEntries(
    [...rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, key = '', quoted, bare]) => [
      key,
      quoted ?? bare ?? '',
    ]),
  );
  const { realm = '', service, scope } = fields;
  if (!URL.canParse(realm)) return undefined;
  return {
    scheme: 'bearer',
    realm: new URL(realm),
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
  };
}

export function basic({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export interface Token {
  readonly value: string;
  /** Unit: milliseconds since 1970. */
  readonly goodUntilMs: number;
}

/** What a token that says nothing of it lasts, by the specification. */
const LASTS_SECONDS = 60;
/** So much earlier it is not used any more. */
const EARLY_MS = 10_000;

/** @param isPlain the registry itself is asked over http, on this machine. @throws RegistryDenied, RegistryUnavailable. */
export async function fetchToken(
  challenge: Extract<Challenge, { scheme: 'bearer' }>,
  scopes: readonly string[],
  credentials: RegistryCredentials | undefined,
  isPlain: boolean,
  signal: AbortSignal,
): Promise<Token> {
  const { realm, service } = challenge;
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (url.protocol !== 'https:' && !isPlain)
    throw new MigrationError('RegistryDenied', `${realm.origin} asks for credentials over ${url.protocol}: not sent`);
  const headers = credentials === undefined ? {} : { authorization: basic(credentials) };
  const asked = Date.now();
  const reply = await fetch(url, { headers, signal });
  if (reply.status === 401 || reply.status === 403)
    throw new MigrationError(
      'RegistryDenied',
      `${realm.origin} gives no token for ${scopes.join(' ')}: ${reply.status}`,
    );
  if (!reply.ok)
    throw new MigrationError(
      'RegistryUnavailable',
      `${realm.origin} gave no token for ${scopes.join(' ')}: ${reply.status}`,
    );
  const body = (await reply.json()) as { token?: unknown; access_token?: unknown; expires_in?: unknown };
  const value = body.token ?? body.access_token;
  if (typeof value !== 'string')
    throw new MigrationError('RegistryUnavailable', `${realm.origin} answered without a token for ${scopes.join(' ')}`);
  const lastsSeconds = typeof body.expires_in === 'number' ? body.expires_in : LASTS_SECONDS;
  return { value, goodUntilMs: asked + lastsSeconds * 1_000 - EARLY_MS };
}
