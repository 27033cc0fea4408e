/**
 * `npm run bench:watch`: what `crossfade watch` asks of a processor, on a real terminal, while one migration of a lab holds
 * its first weight.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Lab } from '../lab';
import { packageRoot } from '../lab/tools';
import { PseudoTerminal } from '../test/support/pseudo-terminal';
import { Subject } from './rollback/subject';
import { balancerWay } from './rollback/ways';
import { descendantsOf } from './support/memory';
import { withLab } from './support/own-lab';
import { processorMs } from './support/processor';
import { runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { processorPercent: 5 };
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const RATE_PER_SECOND = 5;

async function measure(): Promise<Measured> {
  return withLab(async (lab) => {
    const connection = await Connection.connect({ address: lab.info.temporal });
    try {
      await hold(lab, new Client({ connection }));
    } finally {
      await connection.close();
    }
    return watched(lab);
  });
}

async function hold(lab: Lab, client: Client): Promise<void> {
  const [workload] = lab.info.workloads;
  if (workload === undefined) throw new Error('the lab has no workload');
  await lab.setTraffic(workload.name, { ratePerSecond: RATE_PER_SECOND });
  const subject = new Subject(workload, client, balancerWay(lab));
  await subject.start(lab);
  await subject.untilUp();
  say(`${workload.name} holds its first weight`);
}

async function watched(lab: Lab): Promise<Measured> {
  const workload = lab.info.workloads[0]?.name ?? '';
  const command = [process.execPath, path.join(packageRoot(), 'bin', 'crossfade.js'), 'watch', workload];
  const env = { ...process.env, ...lab.info.env, TERM: 'xterm' };
  const terminal = PseudoTerminal.open(command, env);
  try {
    await terminal.shows(workload);
    const pid = programOf(terminal);
    const startMs = processorMs(pid);
    const startLength = terminal.shown.length;
    const startedAt = performance.now();
    await delay(SECONDS * 1_000);
    const usedMs = processorMs(pid) - startMs;
    const tookMs = performance.now() - startedAt;
    const drawnKb = (terminal.shown.length - startLength) / 1_024;
    terminal.type('q');
    const exitCode = (await terminal.exitCode()) ?? 1;
    const processorPercent = (usedMs * 100) / tookMs;
    return {
      figures: { seconds: tookMs / 1_000, processorPercent, startProcessorMs: startMs, drawnKb, exitCode },
      ratios: {},
    };
  } finally {
    await terminal.close();
  }
}

/** The one process on the terminal. */
function programOf(terminal: PseudoTerminal): number {
  const [pid, ...others] = descendantsOf(terminal.pid);
  if (pid === undefined || others.length > 0) throw new Error('there is not exactly one program on the terminal');
  return pid;
}

if (require.main === module) void runBench('watch', LIMITS, measure);
