/**
 * `npm run bench:history`: what a migration of 45 days leaves on the server. Real workflows on a real server; the
 * playbook's holds, and gates that wait for people, with an hour scaled to a tenth of a second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createTemporalSignals } from '../src/adapters/temporal-signals';
import type { ObserveInput } from '../src/contracts/activities';
import { OBSERVED_SIGNAL } from '../src/contracts/messages';
import type { StatusView } from '../src/contracts/messages';
import { fakePorts, World } from '../test/support/fakes';
import { Migration } from '../test/support/temporal/migration';
import { Theatre } from '../test/support/temporal/theatre';
import { HOUR_MS, scaled, ScaledObserver } from './history/scaled-observer';
import type { Counts } from './history/scaled-observer';
import { weighRuns } from './history/weigh';
import { runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { eventsAll: 4_000, eventsInOneRunMax: 1_500, payloadKbMax: 64 };

const DAY_HOURS = 24;
/** How long people take for each gate: 2 + 4 × 2 + 6 = 16 days. The holds of the playbook make 29 more. */
const GATES: readonly (readonly [name: string, hours: number])[] = [
  // A day of seconds has too few requests for the playbook's limits, so the migration asks.
  ['power', 0],
  ...[10, 25, 50, 75, 100].map((percent) => [`cutover-${percent}`, 2 * DAY_HOURS] as const),
  ['decommission', 6 * DAY_HOURS],
];
const HOLD_HOURS = (7 + 2 + 5 + 5 + 3 + 7) * DAY_HOURS;
const GATE_HOURS = GATES.reduce((sum, [, hours]) => sum + hours, 0);
const WITHIN_MS = 10 * 60_000;

/** The playbook's, and 45 days of it. The baseline's week is waited for: the metrics do not cover it yet. */
const SPEC = {
  source: { metrics: { kind: 'cloudwatch', period: '1s', lag: '0s' } },
  baseline: { window: scaled(7 * DAY_HOURS) },
  shadow: {
    startPercent: 5,
    stepPercent: 10,
    maxPercent: 50,
    firstHold: scaled(2 * DAY_HOURS),
    hold: scaled(DAY_HOURS),
  },
  guardrails: { splitSettle: '0s', requestCountMin: 1_000, coverageMin: 0.95, blindHold: '1h', latency: [{}] },
  cutover: {
    weights: [10, 25, 50, 75, 100],
    stabilization: scaled(DAY_HOURS),
    approvals: { beforeFirst: true, beforeEach: true },
  },
  decommission: { after: scaled(3 * DAY_HOURS), standby: scaled(7 * DAY_HOURS), approval: 'required' },
};

async function measure(): Promise<Measured> {
  let observer: ScaledObserver | undefined;
  const theatre = await Theatre.open({
    replace: () => ({ observe: (input: ObserveInput) => (observer as ScaledObserver).observe(input) }),
  });
  try {
    const world = new World(Date.now);
    const migration = Migration.of(theatre, 'months', SPEC, world);
    world.metricGaps.push({ fromMs: 0, toMs: Date.now() });
    observer = new ScaledObserver({
      ...fakePorts(world),
      signals: createTemporalSignals(theatre.client, OBSERVED_SIGNAL),
    });
    say(`${(HOLD_HOURS + GATE_HOURS) / DAY_HOURS} days in about ${((HOLD_HOURS + GATE_HOURS) * HOUR_MS) / 1_000} s`);
    await play(migration);
    return await sumUp(migration, observer.counts);
  } finally {
    await theatre.close();
  }
}

async function play(migration: Migration): Promise<void> {
  await migration.start();
  for (const [name, hours] of GATES) {
    const isThere = ({ gate, phase, blocked }: StatusView): boolean =>
      gate !== null || blocked !== null || phase === 'rolled_back';
    const { gate, phase, waitingFor, verdict } = await migration.until(`gate ${name}`, isThere, WITHIN_MS);
    if (gate?.name !== name)
      throw new Error(`waiting for gate ${name} in ${phase}, it waits for ${waitingFor} (${verdict?.reason})`);
    say(`${phase}: waiting at gate ${name}`);
    await delay(hours * HOUR_MS);
    await migration.send('approve', { gate: name, requestedBy: 'bench', reason: 'the time is over' });
    await migration.until(`the answer at ${name}`, ({ gate: open }) => open?.name !== name);
  }
  const { outcome } = await migration.result();
  if (outcome !== 'completed') throw new Error(`the migration ended as ${outcome}`);
}

async function sumUp(migration: Migration, counts: Counts): Promise<Measured> {
  const runs = await weighRuns(migration.theatre.client, migration.workload);
  // What one task answered together would be answered hours apart: three events more for each.
  const events = runs.map((run) => run.events + 3 * run.mergedSignals);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    figures: {
      days: (HOLD_HOURS + GATE_HOURS) / DAY_HOURS,
      runs: runs.length,
      slices: counts.slices,
      looks: counts.looks,
      reports: counts.reports,
      eventsAll: sum(events),
      eventsAllAsFetched: sum(runs.map((run) => run.events)),
      eventsInOneRunMax: Math.max(...events),
      payloadKbMax: Math.max(...runs.map((run) => run.payloadBytesMax)) / 1_024,
      payloadsMbAll: sum(runs.map((run) => run.bytes)) / 1_048_576,
    },
    ratios: {},
  };
}

if (require.main === module) void runBench('history', LIMITS, measure);
