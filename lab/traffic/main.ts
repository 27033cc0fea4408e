/** The traffic process: one open-loop generator a workload. */
import { readFileSync } from 'node:fs';
import { emitToDaemon, serveDaemon } from '../rpc';
import { hashText, seededRandom } from '../seeded';
import { DnsClients } from './dns-clients';
import type { DnsName } from './dns-clients';
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
  /** Users ask DNS where to go; without it they go to the load balancer. Counts when the workload's traffic begins. */
  readonly dns?: DnsName;
}

const url = process.env['LAB_LOAD_BALANCER'] ?? '';
const generators = new Map<string, TrafficGenerator>();

function set(settings: TrafficSettings): void {
  const generator = generators.get(settings.workload) ?? new TrafficGenerator(destination(settings), settings.host);
  generators.set(settings.workload, generator);
  if (settings.trace === undefined) generator.setRate(settings.ratePerSecond, settings.swing ?? 0);
  else generator.setArrivals(traceArrivals(readTrace(readFileSync(settings.trace, 'utf8'))));
}

function destination({ dns, host }: TrafficSettings): () => Promise<string> {
  if (dns === undefined) return () => Promise.resolve(url);
  const clients = new DnsClients(dns, seededRandom(hashText(`clients of ${host}`)));
  return () => clients.url();
}

function totals(params: { workload: string }): TrafficTotals {
  const generator = generators.get(params.workload);
  if (generator === undefined) throw new Error(`no traffic for workload ${params.workload}`);
  return generator.totals();
}

serveDaemon({ set, totals });
emitToDaemon('ready', {});
