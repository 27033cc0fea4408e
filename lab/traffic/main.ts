/** The traffic process: one open-loop generator a workload. */
import { readFileSync } from 'node:fs';
import { emitToDaemon, serveDaemon } from '../rpc';
import { TrafficGenerator, readTrace, traceArrivals } from './generator';
import type { TrafficTotals } from './generator';

export interface TrafficSettings {
  readonly workload: string;
  readonly host: string;
  readonly ratePerSecond: number;
  /** Share by which the rate swings over a shortened day. 0 to 1. */
  readonly swing?: number;
  /** CSV file whose TIMESTAMP column replaces the rate. */
  readonly trace?: string;
}

const url = process.env['LAB_LOAD_BALANCER'] ?? '';
const generators = new Map<string, TrafficGenerator>();

function set(settings: TrafficSettings): void {
  const generator = generators.get(settings.workload) ?? new TrafficGenerator(url, settings.host);
  generators.set(settings.workload, generator);
  if (settings.trace === undefined) generator.setRate(settings.ratePerSecond, settings.swing ?? 0);
  else generator.setArrivals(traceArrivals(readTrace(readFileSync(settings.trace, 'utf8'))));
}

function totals(params: { workload: string }): TrafficTotals {
  const generator = generators.get(params.workload);
  if (generator === undefined) throw new Error(`no traffic for workload ${params.workload}`);
  return generator.totals();
}

serveDaemon({ set, totals });
emitToDaemon('ready', {});
