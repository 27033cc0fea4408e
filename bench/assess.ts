/**
 * `npm run bench:assess`: an inventory of 500 workloads, from its YAML to the page, in turn with parsing the same YAML
 * alone; and `crossfade --help`, in turn with an empty program.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../lab/tools';
import { assess } from '../src/assess';
import { assessHtml } from '../src/cli/assess-html';
import { assessLines } from '../src/cli/assess-text';
import { TABLE_PRICES } from '../src/domain/hourly-prices';
import { WORKLOAD_KINDS } from '../src/domain/inventory';
import { parseInventory, parseSpecText } from '../src/spec';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { assessMs: 2_000, helpMs: 300 };
const WORKLOADS = 500;
const ROUNDS = 10;
const STARTS = 20;

/** Every kind, with data, a framework and up to three dependencies on those before it. */
function inventoryText(): string {
  const workloads = Array.from({ length: WORKLOADS }, (_, index) => ({
    name: `w${index}`,
    kind: WORKLOAD_KINDS[index % WORKLOAD_KINDS.length],
    runsOn: index % 3 === 0 ? 'container' : 'virtual-machine',
    dependsOn: [1, 7, 31].filter((back) => back <= index).map((back) => `w${index - back}`),
    compute: { instances: 2, gpu: 'A100', gpuCount: 8, gpuMemory: '18GB', memory: '64GB' },
    framework: { name: 'pytorch', cuda: '12.1', pytorch: '2.3' },
    latencyMax: '20ms',
    monthlyUsdNow: 1_000 + index,
    requestsPerSecond: 10,
    requestSize: '4kB',
    data: [
      { name: 'files', from: 's3://example/a', expected: { bytes: '4TB', objects: 1_000, bandwidth: '1Gbps' } },
      { name: 'bulk', from: 'nfs://nas/a', kind: 'files', expected: { bytes: `${index + 1}TB`, bandwidth: '1Gbps' } },
    ],
  }));
  const head = { apiVersion: 'crossfade/v1', kind: 'inventory', name: 'bench', region: 'eu-west-1' };
  return stringify({ ...head, start: '2027-01-01', deadline: '2027-02-01', workloads });
}

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function measure(): Promise<Measured> {
  const text = inventoryText();
  const assessMs: number[] = [];
  const parseMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    parseMs.push(timed(() => void parse(text, { version: '1.2' })));
    assessMs.push(
      timed(() => {
        const assessment = assess(parseInventory(parseSpecText(text, 'bench')), TABLE_PRICES);
        assessHtml(assessment);
        assessLines(assessment);
      }),
    );
  }
  say(`assess ${median(assessMs).toFixed(0)} ms, its YAML alone ${median(parseMs).toFixed(0)} ms`);
  const helpMs: number[] = [];
  const emptyMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    emptyMs.push(started(['-e', '0']));
    helpMs.push(started([path.join(packageRoot(), 'bin', 'crossfade.js'), '--help']));
  }
  say(`--help ${median(helpMs).toFixed(0)} ms, an empty program ${median(emptyMs).toFixed(0)} ms`);
  return Promise.resolve({
    figures: {
      assessMs: median(assessMs),
      parseMs: median(parseMs),
      helpMs: median(helpMs),
      emptyMs: median(emptyMs),
    },
    ratios: {
      assessToParse: median(assessMs) / median(parseMs),
      helpToEmpty: median(helpMs) / median(emptyMs),
    },
  });
}

/** Until it has ended. Unit: milliseconds. */
function started(args: readonly string[]): number {
  return timed(() => {
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')}: exit ${status}\n${stderr}`);
  });
}

if (require.main === module) void runBench('assess', LIMITS, measure);
