/** What `crossfade optimise` does; loaded when it runs. */
import { planCost } from '../assess';
import { TABLE_PRICES } from '../domain/hourly-prices';
import { INSTANCE_TYPES } from '../domain/instance-types';
import type { ObservedBucket, ObservedHour, ObservedTarget } from '../domain/observed';
import { planMigration } from '../domain/plan';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import { parseS3Url } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import type { CostComparison } from '../optimise';
import { compareCost, hoursOfLedger, optimise, servedBy } from '../optimise';
import type { Cli } from './cli';
import { withSession } from './cli';
import { describeFailure, UsageError } from './failure';
import { numberOf } from './flag-values';
import { livePrices } from './live-prices';
import type { CommonFlags } from './options';
import { print } from './options';
import { optimiseLines } from './optimise-text';
import type { TargetReader } from './target-reader';

export interface OptimiseFlags extends CommonFlags {
  readonly spec?: string;
  readonly days: string;
  readonly prices: 'table' | 'aws';
  readonly planShare?: string;
  readonly costs?: boolean;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** CloudWatch keeps hours for so long. */
const DAYS_MAX = 455;

interface Span {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** @param workload '' for none: then `--spec` names it. */
export async function runOptimise(cli: Cli, workload: string, flags: OptimiseFlags): Promise<void> {
  if ((workload === '') === (flags.spec === undefined))
    throw new UsageError('needs exactly one of a workload and --spec');
  const days = numberOf('--days', flags.days, 1, DAYS_MAX);
  const planShare = flags.planShare === undefined ? undefined : numberOf('--plan-share', flags.planShare, 0, 0.9);
  const spec = await specOf(cli, workload, flags);
  const toMs = Math.floor(cli.io.now() / HOUR_MS) * HOUR_MS;
  const span = { fromMs: epochMs(toMs - days * DAY_MS), toMs: epochMs(toMs) };
  const target = cli.openTarget(spec);
  try {
    const observed = await observe(cli, spec, target, span);
    const { buckets, unread } = await bucketsOf(spec, target, span);
    const comparison = flags.costs === true ? await costsOf(spec, target, span) : undefined;
    const prices = flags.prices === 'aws' ? await livePrices(cli, spec.region, typesFor(spec)) : TABLE_PRICES;
    const found = optimise(spec, observed, buckets, prices, planShare);
    const trouble = [...observed.trouble, ...unread, ...(comparison?.trouble ?? [])];
    const lines = optimiseLines(found, trouble, comparison?.compared);
    print(cli, flags, { ...found, trouble, ...(comparison === undefined ? {} : { cost: comparison.compared }) }, lines);
  } finally {
    target.close();
  }
}

async function specOf(cli: Cli, workload: string, flags: OptimiseFlags): Promise<MigrationSpec> {
  const { parseSpec, readSpecFile, specProblems } = cli.spec();
  if (flags.spec !== undefined) return parseSpec(readSpecFile(flags.spec));
  return withSession(cli, flags, async (session) =>
    parseSpec(await session.newestDocument(workload, (document) => specProblems(document).length === 0)),
  );
}

/** Who counted the requests of more hours is believed; the two are never mixed. */
async function observe(cli: Cli, spec: MigrationSpec, target: TargetReader, span: Span): Promise<ObservedTarget> {
  const trouble: string[] = [];
  const [ledger, cloudwatch] = [
    await attempt('the ledger', trouble, () => ledgerHours(cli, spec)),
    await attempt('CloudWatch', trouble, () => target.hours(span.fromMs, span.toMs)),
  ];
  const seen = cloudwatch?.hours ?? [];
  const sources = cloudwatch?.sources ?? {};
  const counted = seen.filter(({ requests }) => requests !== undefined).length;
  if (ledger === undefined || ledger.length <= counted) return { hours: seen, sources, trouble };
  const from = `evidence in ${spec.ledger}, of both sides while there were two`;
  return { hours: joined(seen, ledger), sources: { ...sources, requests: from }, trouble };
}

function joined(seen: readonly ObservedHour[], ledger: readonly ObservedHour[]): ObservedHour[] {
  const hours = new Map<number, ObservedHour>();
  for (const { requests: _counted, ...hour } of seen) hours.set(hour.startMs, hour);
  for (const hour of ledger) hours.set(hour.startMs, { ...hours.get(hour.startMs), ...hour });
  return [...hours.values()].sort((a, b) => a.startMs - b.startMs);
}

async function ledgerHours(cli: Cli, { ledger, region, workload }: MigrationSpec): Promise<ObservedHour[]> {
  const { records } = await cli.openLedger(ledger, region).readLeft(workload, undefined);
  return hoursOfLedger(records);
}

/** @returns undefined for what could not be read; why stands in `trouble`. */
async function attempt<T>(what: string, trouble: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { code, message } = describeFailure(error);
    trouble.push(`${what}: ${code}: ${message}`);
    return undefined;
  }
}

async function bucketsOf(
  { data }: MigrationSpec,
  target: TargetReader,
  { fromMs, toMs }: Span,
): Promise<{ buckets: ObservedBucket[]; unread: string[] }> {
  const unread: string[] = [];
  const names = new Set(data.flatMap(({ to }) => parseS3Url(to)?.bucket ?? []));
  const buckets: ObservedBucket[] = [];
  for (const name of names) {
    const bucket = await attempt(`bucket ${name}`, unread, () => target.bucket(name, fromMs, toMs));
    if (bucket !== undefined) buckets.push(bucket);
  }
  return { buckets, unread };
}

/** Today is not over, so it is not in it. */
async function costsOf(
  spec: MigrationSpec,
  target: TargetReader,
  { fromMs, toMs }: Span,
): Promise<{ compared?: CostComparison; trouble: string[] }> {
  const trouble: string[] = [];
  const cost = await attempt('Cost Explorer', trouble, () => target.cost(dateOf(fromMs), dateOf(toMs)));
  if (cost === undefined) return { trouble };
  return { compared: compareCost(cost, planCost(spec, planMigration(spec), TABLE_PRICES).monthly), trouble };
}

const dateOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** The type that serves, and those that could. */
function typesFor(spec: MigrationSpec): string[] {
  const serving = servedBy(spec)?.instanceType;
  const shape = INSTANCE_TYPES.get(serving ?? '');
  const others = [...INSTANCE_TYPES.values()].filter(({ chip }) => shape !== undefined && chip === shape.chip);
  return [...(serving === undefined ? [] : [serving]), ...others.map(({ name }) => name)];
}
