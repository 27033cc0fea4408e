/**
 * Health checks as moto stores them and real requests answer them: moto says Success whatever happens.
 *
 * Invariants:
 * 1. The first answer decides; later the state changes after FailureThreshold answers of the other kind in a row.
 * 2. A check that was never answered counts as healthy, as does one that is disabled.
 */
import type { HealthCheck, HealthCheckConfig, HealthCheckObservation, Route53Client } from '@aws-sdk/client-route-53';
import { paginateListHealthChecks } from '@aws-sdk/client-route-53';
import { exchange } from '../../loopback';
import type { HttpReply } from '../../loopback';
import { AwsError } from '../answer';

/** AWS's fastest is 10 s. Unit: milliseconds. */
const PROBE_EVERY_MS = 1_000;
/** To connect and to answer, of which AWS gives 4 s and 2 s. */
const PROBE_MS_MAX = 4_000;
/** AWS looks for the search string so far into the body. Unit: bytes. */
const SEARCHED_BYTES = 5_120;
/** One checker, where AWS has some fifteen. */
const CHECKER = { Region: 'us-east-1', IPAddress: '127.0.0.1' } as const;

interface Checked {
  config: HealthCheckConfig;
  isHealthy: boolean;
  /** Answers in a row that say otherwise. */
  contrary: number;
  last: { readonly status: string; readonly at: Date } | undefined;
  /** The probe under way; never two at a time. */
  probing: Promise<void> | undefined;
}

export class HealthChecks {
  private readonly checks = new Map<string, Checked>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly moto: Route53Client) {}

  start(): void {
    this.timer = setInterval(() => {
      for (const check of this.checks.values()) this.probe(check);
    }, PROBE_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Reads which there are; to be called after each write. */
  async refresh(): Promise<void> {
    const listed: HealthCheck[] = [];
    for await (const page of paginateListHealthChecks({ client: this.moto }, {}))
      listed.push(...(page.HealthChecks ?? []));
    const ids = new Set(listed.map(({ Id }) => Id));
    for (const id of [...this.checks.keys()]) if (!ids.has(id)) this.checks.delete(id);
    for (const { Id = '', HealthCheckConfig } of listed) {
      if (HealthCheckConfig === undefined) continue;
      const known = this.checks.get(Id);
      if (known !== undefined) {
        known.config = HealthCheckConfig;
        continue;
      }
      const check: Checked = {
        config: HealthCheckConfig,
        isHealthy: true,
        contrary: 0,
        last: undefined,
        probing: undefined,
      };
      this.checks.set(Id, check);
      this.probe(check);
    }
  }

  has(id: string): boolean {
    return this.checks.has(id);
  }

  /** @throws AwsError NoSuchHealthCheck for one that was deleted. */
  async observations(id: string): Promise<HealthCheckObservation[]> {
    const check = this.checks.get(id);
    if (check === undefined)
      throw new AwsError('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, 404);
    if (check.last === undefined) await check.probing;
    return check.last === undefined
      ? []
      : [{ ...CHECKER, StatusReport: { Status: check.last.status, CheckedTime: check.last.at } }];
  }

  /** @returns true for one that nobody knows: so Route 53 takes it. */
  isHealthy(id: string): boolean {
    const check = this.checks.get(id);
    return check === undefined || check.config.Disabled === true || check.isHealthy;
  }

  private probe(check: Checked): void {
    check.probing ??= look(check.config).then(({ isGood, status }) => {
      check.probing = undefined;
      const saysHealthy = isGood !== (check.config.Inverted ?? false);
      const isFirst = check.last === undefined;
      check.last = { status, at: new Date() };
      check.contrary = saysHealthy === check.isHealthy ? 0 : check.contrary + 1;
      if (!isFirst && check.contrary < (check.config.FailureThreshold ?? 3)) return;
      check.isHealthy = saysHealthy;
      check.contrary = 0;
    });
  }
}

/** @throws AwsError for a check that the lab cannot make. */
export function refuseUnknownChecks({ Type, IPAddress }: Partial<HealthCheckConfig>): void {
  if (Type !== 'HTTP' && Type !== 'HTTP_STR_MATCH')
    throw new AwsError('InvalidInput', `The lab makes health checks of type HTTP and HTTP_STR_MATCH, not ${Type}`);
  if (IPAddress === undefined) throw new AwsError('InvalidInput', 'The lab checks addresses: give an IPAddress');
}

async function look(config: HealthCheckConfig): Promise<{ isGood: boolean; status: string }> {
  const { IPAddress, Port = 80, ResourcePath = '/', FullyQualifiedDomainName: name } = config;
  const url = `http://${IPAddress}:${Port}${ResourcePath}`;
  try {
    const reply = await exchange(url, {
      agent: false,
      timeoutMs: PROBE_MS_MAX,
      ...(name === undefined ? {} : { headers: { host: name } }),
    });
    const isGood = reply.status >= 200 && reply.status < 400 && holdsSearched(config, reply);
    const what = `HTTP Status Code ${reply.status}. Resolved IP: ${IPAddress}.`;
    return isGood ? { isGood, status: `Success: ${what} OK` } : { isGood, status: `Failure: ${what}` };
  } catch (error) {
    return { isGood: false, status: `Failure: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function holdsSearched({ Type, SearchString = '' }: HealthCheckConfig, { body }: HttpReply): boolean {
  return Type !== 'HTTP_STR_MATCH' || body.subarray(0, SEARCHED_BYTES).includes(SearchString);
}
