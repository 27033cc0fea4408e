import { heartbeat } from '@temporalio/activity';
import { judgePast } from '../analysis/judge-past';
import { validationPolicy } from '../analysis/validation';
import type { Accepted, PartActivities, SidesNow } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { Baseline, EvidenceWindow } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';
import type { LedgerStore } from '../ports/ledger';
import type { TrafficRouter } from '../ports/traffic-router';
import { compareAnswers } from './answers';
import { isMigrating } from './data-in-use';
import { listRuns, parseRecord } from './ledger-chain';
import type { Ports } from './ports';
import { completed, metricScopeOf, namedRoute, routeFrom, UNNAMED } from './route';
import { onlyOther, percentOf } from './route-shares';

/** Metrics are read in pieces of this, with a sign of life after each. */
const PIECE_MS = 6 * 3_600_000;
/** The baseline is among a migration's first records, its end among the last. */
const RECORDS_LOOKED_AT = 200;
/** In the place of a variant that is gone: nobody is called so, so nobody is counted. */
const GONE = 'gone';

type PartPorts = Pick<Ports, 'history' | 'router' | 'openLedger' | 'metrics' | 'prober'>;

/** What the parts that run by themselves ask for, besides the migration's own activities. */
export function createPartActivities(ports: PartPorts): PartActivities {
  const { history, router, openLedger, metrics } = ports;
  return {
    isMigrating: async ({ workload }) => ({ isMigrating: await isMigrating(history, workload) }),
    findSides: ({ spec }) => findSides(router, spec),
    findAccepted: ({ ledger, workload }) => findAccepted(openLedger(ledger), workload),
    async judgeTarget({ spec, baseline, sides, fromMs, toMs }) {
      const scope = metricScopeOf(sides.route, sides.targetGroupArn);
      const windows: EvidenceWindow[] = [];
      for (let from = fromMs; from < toMs; from = Math.min(from + PIECE_MS, toMs) as EpochMs) {
        const to = Math.min(from + PIECE_MS, toMs) as EpochMs;
        const evidence = await metrics.readWindows(spec.source.metrics, scope, from, to);
        if (!evidence.complete)
          throw new MigrationError('MetricsUnavailable', `the target's metrics: ${evidence.cause}`);
        windows.push(...evidence.windows);
        heartbeat({ toMs: to });
      }
      return judgePast(windows, validationPolicy(spec, baseline, [fromMs, toMs]), fromMs);
    },
    compareAnswers: ({ spec, run }) => compareAnswers(ports, spec, run),
  };
}

async function findSides(router: TrafficRouter, spec: MigrationSpec): Promise<SidesNow> {
  const written = namedRoute(spec.router, spec.workload);
  const state = await router.readRoute(written.ref);
  const known = completed(written, state);
  const source = known.source.backend === UNNAMED ? GONE : known.source.backend;
  const route = routeFrom({ ...known, source: { ...known.source, backend: source } }, state);
  const target = known.target?.backend ?? onlyOther(state, source);
  return {
    route,
    ...(target === undefined ? {} : { targetGroupArn: target }),
    sourcePercent: percentOf(state, source),
    targetPercent: target === undefined ? 0 : percentOf(state, target),
  };
}

async function findAccepted(store: LedgerStore, workload: string): Promise<Accepted | { readonly reason: string }> {
  const run = (await listRuns(store, workload)).at(-1);
  if (run === undefined) return { reason: `the ledger knows no migration of ${workload}` };
  const keys = await store.list(`${workload}/${run}/`);
  const end = await newestOf(store, keys.slice(-RECORDS_LOOKED_AT), 'completed');
  if (end === undefined) return { reason: `migration ${run} of ${workload} did not complete` };
  const baseline = (await newestOf(store, keys.slice(0, RECORDS_LOOKED_AT), 'baseline'))?.values?.['baseline'];
  if (baseline === undefined) return { reason: `migration ${run} of ${workload} has no baseline in its ledger` };
  return { run, baseline: baseline as Baseline, completedAtMs: end.at };
}

async function newestOf(
  store: LedgerStore,
  keys: readonly string[],
  kind: 'completed' | 'baseline',
): Promise<ReturnType<typeof parseRecord> | undefined> {
  for (const key of [...keys].reverse()) {
    const body = await store.get(key);
    const record = body === undefined ? undefined : parseRecord(key, body);
    if (record?.kind === kind) return record;
  }
  return undefined;
}
