/**
 * Where every running migration stands, as gauges. Read from Temporal's list, not told by workflows: so every worker says
 * the same, one that starts knows at once, and what has moved to another worker leaves no old number behind.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';

const EVERY_MS = 15_000;
const RUNNING = "WorkflowType = 'migrate' AND ExecutionStatus = 'Running'";

/** What `CrossfadePhase` can say; each has its number, also when it is nobody's. */
export const STANDINGS = [
  'starting',
  'baseline',
  'environment',
  'shadow',
  'cutover',
  'decommission',
  'rolled_back',
  'completed',
  'abandoned',
  'cancelled',
  'gate',
  'blocked',
] as const;

export interface Counted {
  readonly workload: string;
  readonly phase: string;
  readonly verdict: string;
  /** Unit: percent. */
  readonly weight: number;
}

/** All that run now. */
export async function listRunning(client: Client): Promise<Counted[]> {
  const running: Counted[] = [];
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query: RUNNING })) {
    const first = (name: string): string => searchAttributes[name]?.join() ?? '';
    running.push({
      workload: workflowId.slice(workflowId.indexOf('/') + 1),
      phase: first('CrossfadePhase') || 'starting',
      verdict: first('CrossfadeVerdict') || 'none',
      weight: Number(first('CrossfadeWeight')),
    });
  }
  return running;
}

interface Shown {
  readonly name: 'phase' | 'verdict';
  readonly labels: Readonly<Record<string, string>>;
}

/** Writes gauges; what was 1 before and is not any more becomes 0, since a gauge cannot be taken back. */
export class CensusGauges {
  private shown = new Map<string, Shown>();
  private readonly gauges;

  constructor(meter: MetricMeter) {
    const gauge = (name: string, description: string): ReturnType<MetricMeter['createGauge']> =>
      meter.createGauge(`crossfade_${name}`, 'float', undefined, description);
    this.gauges = {
      total: gauge('migrations', 'Running migrations by phase; gate and blocked stand above the phase'),
      phase: gauge('migration_phase', '1 for the phase in which a running migration is'),
      verdict: gauge('migration_verdict', '1 for the newest verdict of a running migration'),
      weight: gauge('migration_weight_percent', 'Share of the traffic that the target is to have; the last one stays'),
      at: gauge('census_timestamp_seconds', 'When the migrations were last counted'),
    };
  }

  show(running: readonly Counted[], nowMs: number): void {
    for (const phase of STANDINGS) {
      this.gauges.total.set(running.filter((counted) => counted.phase === phase).length, { phase });
    }
    const before = this.shown;
    this.shown = new Map(running.flatMap(shownOf).map((shown) => [JSON.stringify(shown), shown]));
    // Ones first: a page that is read in between must not say that nothing is blocked.
    for (const { name, labels } of this.shown.values()) this.gauges[name].set(1, labels);
    for (const [key, { name, labels }] of before) if (!this.shown.has(key)) this.gauges[name].set(0, labels);
    for (const { workload, weight } of running) this.gauges.weight.set(weight, { workload });
    this.gauges.at.set(nowMs / 1_000);
  }
}

function shownOf({ workload, phase, verdict }: Counted): Shown[] {
  return [
    { name: 'phase', labels: { workload, phase } },
    { name: 'verdict', labels: { workload, verdict } },
  ];
}

/** Counts until it is stopped. A count that fails is told once, and its age shows. */
export async function takeCensus(client: Client, meter: MetricMeter, logger: Logger, stop: AbortSignal): Promise<void> {
  const gauges = new CensusGauges(meter);
  let isFailing = false;
  while (!stop.aborted) {
    try {
      gauges.show(await listRunning(client), Date.now());
      isFailing = false;
    } catch (error) {
      if (!isFailing && !stop.aborted) logger.warn('the migrations could not be counted', { error });
      isFailing = true;
    }
    await delay(EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
