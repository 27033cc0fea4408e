/** The lab from a program's side: bring it up, add workloads, break things, look at the traffic, take it down. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentWithoutCloud } from './aws-env';
import type { WorkloadRequest } from './daemon/lab';
import type { ModelFaultRequest } from './daemon/model-faults';
import type { ModelSide } from './fleet/server';
import type { Delays as DmsDelays } from './gateway/dms/delays';
import type { DmsFault } from './gateway/dms/faults';
import type { DataSyncFault } from './gateway/datasync/faults';
import type { Delays as DataSyncDelays } from './gateway/datasync/runs';
import type { FaultRule } from './gateway/faults';
import type { Delays as SageMakerDelays } from './gateway/sagemaker/deployment';
import type { SageMakerFault } from './gateway/sagemaker/faults';
import type { LabInfo, WorkloadInfo } from './info';
import { exchangeJson } from './loopback';
import { specFor } from './spec';
import type { SpecOptions } from './spec';
import { clearLeftovers, isAlive, labDir, readState, recordProcess, signalRecorded } from './state';
import type { LabState, RecordedProcess } from './state';
import { program } from './tools';
import type { TrafficTotals } from './traffic/generator';

export type { LabInfo, WorkloadInfo } from './info';
export type { WorkloadRequest } from './daemon/lab';
export type { ModelFaultRequest } from './daemon/model-faults';
export type { DmsFault } from './gateway/dms/faults';
export type { DataSyncFault } from './gateway/datasync/faults';
export type { FaultRule } from './gateway/faults';
export type { SageMakerFault } from './gateway/sagemaker/faults';
export type { SpecOptions } from './spec';
export type { TrafficTotals } from './traffic/generator';

export interface LabUpOptions {
  /** Folder for state and logs; default CROSSFADE_LAB_DIR, else `.lab` in the package. */
  readonly dir?: string;
  readonly worker?: boolean;
}

const UP_TIMEOUT_MS = 120_000;
const DOWN_TIMEOUT_MS = 20_000;

export class Lab {
  constructor(
    readonly dir: string,
    private readonly control: { readonly url: string; readonly token: string },
    /** As of the last call that changed it. */
    public info: LabInfo,
  ) {}

  async addWorkload(request: WorkloadRequest): Promise<WorkloadInfo> {
    const workload = await this.call<WorkloadInfo>('addWorkload', request);
    await this.refresh();
    return workload;
  }

  async refresh(): Promise<LabInfo> {
    this.info = await this.call<LabInfo>('info');
    return this.info;
  }

  /** A spec that fits this lab, as `crossfade start` takes it. */
  spec(workload: string, options: SpecOptions = {}): Record<string, unknown> {
    return specFor(this.info, workload, options);
  }

  startWorker(): Promise<{ pid: number }> {
    return this.call('startWorker');
  }

  /** Resolves when the worker is gone. */
  killWorker(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.call('killWorker', { signal });
  }

  /** Replaces the side's fault; `{}` heals it. */
  setModelFault(workload: string, side: ModelSide, fault: ModelFaultRequest): Promise<void> {
    return this.call('setModelFault', { workload, side, fault });
  }

  /** Adds one rule to those in force. */
  setGatewayFault(rule: FaultRule): Promise<void> {
    return this.call('addGatewayFault', rule);
  }

  clearGatewayFaults(): Promise<void> {
    return this.call('clearGatewayFaults');
  }

  listGatewayFaults(): Promise<unknown[]> {
    return this.call('listGatewayFaults');
  }

  /** Operations that the worker has called since the last look: `service:Operation`. */
  takeWorkerCalls(): Promise<string[]> {
    return this.call('takeWorkerCalls');
  }

  setSageMakerFault(fault: SageMakerFault): Promise<void> {
    return this.call('sageMakerFault', fault);
  }

  /** Quotas, too, are as they were. */
  clearSageMakerFaults(): Promise<void> {
    return this.call('clearSageMakerFaults');
  }

  /** How long endpoints stay in each transient state; what is not named stays as it is. */
  setSageMakerDelays(delays: Partial<SageMakerDelays>): Promise<void> {
    return this.call('sageMakerDelays', delays);
  }

  setDataSyncFault(fault: DataSyncFault): Promise<void> {
    return this.call('dataSyncFault', fault);
  }

  clearDataSyncFaults(): Promise<void> {
    return this.call('clearDataSyncFaults');
  }

  /** How long executions stay in each state at least; what is not named stays as it is. */
  setDataSyncDelays(delays: Partial<DataSyncDelays>): Promise<void> {
    return this.call('dataSyncDelays', delays);
  }

  setDmsFault(fault: DmsFault): Promise<void> {
    return this.call('dmsFault', fault);
  }

  clearDmsFaults(): Promise<void> {
    return this.call('clearDmsFaults');
  }

  /** How long the parts of DMS take for each state; what is not named stays as it is. */
  setDmsDelays(delays: Partial<DmsDelays>): Promise<void> {
    return this.call('dmsDelays', delays);
  }

  /** How long changes of DNS records stay PENDING, from the next one on. Unit: milliseconds. */
  setDnsPending(ms: number): Promise<void> {
    return this.call('setDnsPending', { ms });
  }

  /** 0 stops the traffic. */
  setTraffic(workload: string, settings: { ratePerSecond: number; swing?: number }): Promise<void> {
    return this.call('setTraffic', { workload, ...settings });
  }

  /** Counted at the client, since the workload was added. */
  trafficTotals(workload: string): Promise<TrafficTotals> {
    return this.call('trafficTotals', { workload });
  }

  processes(): Promise<RecordedProcess[]> {
    return this.call('processes');
  }

  down(): Promise<void> {
    return labDown(this.dir);
  }

  private call<T>(method: string, params: unknown = {}): Promise<T> {
    return callDaemon<T>(this.control, method, params);
  }
}

function callDaemon<T>(control: { url: string; token: string }, method: string, params: unknown): Promise<T> {
  return exchangeJson<T>('POST', control.url, { method, params }, { 'x-lab-token': control.token });
}

/** The lab that runs in `dir`, if one does. */
export function findLab(dir = labDir()): Lab | undefined {
  const state = readState(dir);
  if (state?.status !== 'ready' || state.control === undefined || state.info === undefined || !isDaemonAlive(state))
    return undefined;
  return new Lab(dir, state.control, state.info);
}

/** Brings a lab up, or finds the one that is up. Leftovers of a killed one are cleared first. */
export async function labUp(options: LabUpOptions = {}): Promise<Lab> {
  const dir = path.resolve(options.dir ?? labDir());
  let lab = findLab(dir);
  if (lab === undefined) {
    if (!isStarting(dir)) {
      clearLeftovers(dir);
      spawnDaemon(dir);
    }
    lab = await waitUntilReady(dir);
  }
  await lab.refresh();
  if (options.worker && !(await lab.processes()).some(({ name }) => name === 'worker')) await lab.startWorker();
  return lab;
}

/** Stops the lab in `dir` and everything it started; nothing to stop is fine. */
export async function labDown(dir = labDir()): Promise<void> {
  const state = readState(dir);
  if (state === undefined) {
    await endUnwritten(dir);
    return;
  }
  if (state.control !== undefined && isDaemonAlive(state)) {
    await callDaemon(state.control, 'down', {}).catch(() => undefined);
    const deadlineMs = Date.now() + DOWN_TIMEOUT_MS;
    while (state.processes.some(isAlive) && Date.now() < deadlineMs) await delay(50);
  }
  clearLeftovers(dir);
}

/** A daemon that was started here a moment ago and has written nothing yet: it has started nothing yet either. */
async function endUnwritten(dir: string): Promise<void> {
  const daemon = spawned.get(dir);
  if (daemon === undefined || !isAlive(daemon)) return;
  signalRecorded(daemon, 'SIGTERM');
  const deadlineMs = Date.now() + DOWN_TIMEOUT_MS;
  while (isAlive(daemon) && Date.now() < deadlineMs) await delay(50);
  // By then it may have written after all.
  signalRecorded(daemon, 'SIGKILL');
  clearLeftovers(dir);
}

function isDaemonAlive(state: LabState): boolean {
  const daemon = state.processes.find(({ name }) => name === 'daemon');
  return daemon !== undefined && isAlive(daemon);
}

function isStarting(dir: string): boolean {
  const state = readState(dir);
  return state?.status === 'starting' && isDaemonAlive(state);
}

function spawnDaemon(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const log = openSync(path.join(dir, 'daemon.log'), 'w');
  const child = spawn(process.execPath, ['--max-old-space-size=160', program('lab/daemon.js')], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...environmentWithoutCloud(), CROSSFADE_LAB_DIR: dir, NODE_NO_WARNINGS: '1' },
  });
  closeSync(log);
  child.unref();
  spawned.set(dir, recordProcess('daemon', child.pid ?? 0));
}

/** Daemons started here: one that dies before it wrote its state is noticed by its number. */
const spawned = new Map<string, RecordedProcess>();

async function waitUntilReady(dir: string): Promise<Lab> {
  const deadlineMs = Date.now() + UP_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const lab = findLab(dir);
    if (lab !== undefined) return lab;
    const state = readState(dir);
    if (state?.status === 'failed') throw new Error(`The lab did not start: ${state.error ?? 'unknown'}. Logs: ${dir}`);
    const daemon = spawned.get(dir);
    if (state === undefined && daemon !== undefined && !isAlive(daemon)) {
      throw new Error(
        `The lab's daemon ended at once: ${readFileSync(path.join(dir, 'daemon.log'), 'utf8').slice(-2000)}`,
      );
    }
    await delay(100);
  }
  throw new Error(`The lab was not ready in ${UP_TIMEOUT_MS / 1000} s. Logs: ${dir}`);
}
