/** The lab's background process: starts everything, answers `crossfade lab …` and tests, stops everything. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { LOOPBACK, listenOnFreePort, readBody, sendJson } from './loopback';
import { DEFAULT_WORKLOAD, RunningLab } from './daemon/lab';
import { labDir, readState, recordProcess, removeState, writeState } from './state';
import type { LabState } from './state';
import { readTools } from './tools';

const dir = labDir();
const token = randomBytes(24).toString('base64url');
const self = recordProcess('daemon', process.pid);
let status: LabState['status'] = 'starting';
let failure: string | undefined;
let controlUrl: string | undefined;
let stopping = false;
const lab = new RunningLab(dir, readTools(), save);

/** Every change is written at once: after a SIGKILL the file is all that is left. */
function save(): void {
  if (stopping) return;
  writeState(dir, {
    status,
    ...(failure === undefined ? {} : { error: failure }),
    processes: [self, ...lab.processes.recorded()],
    ...(controlUrl === undefined ? {} : { control: { url: controlUrl, token } }),
    ...(status === 'ready' ? { info: lab.info() } : {}),
  });
}

type Method = (params: never) => unknown;

const METHODS: Readonly<Record<string, Method>> = {
  info: () => lab.info(),
  addWorkload: async (params: Parameters<RunningLab['addWorkload']>[0]) => {
    const info = await lab.addWorkload(params);
    save();
    return info;
  },
  startWorker: () => lab.startWorker(),
  killWorker: (params: { signal: NodeJS.Signals }) => lab.killWorker(params.signal),
  setModelFault: (params: Parameters<RunningLab['setModelFault']>[0]) => lab.setModelFault(params),
  takeWorkerCalls: () => lab.callService('takeCalls', {}),
  addGatewayFault: (params: Parameters<RunningLab['addGatewayFault']>[0]) => lab.addGatewayFault(params),
  clearGatewayFaults: () => lab.clearGatewayFaults(),
  listGatewayFaults: () => lab.listGatewayFaults(),
  sageMakerFault: (params: unknown) => lab.callService('sageMakerFault', params),
  clearSageMakerFaults: () => lab.callService('clearSageMakerFaults', {}),
  sageMakerDelays: (params: unknown) => lab.callService('sageMakerDelays', params),
  dataSyncFault: (params: unknown) => lab.callService('dataSyncFault', params),
  clearDataSyncFaults: () => lab.callService('clearDataSyncFaults', {}),
  dmsFault: (params: unknown) => lab.callService('dmsFault', params),
  clearDmsFaults: () => lab.callService('clearDmsFaults', {}),
  dmsDelays: (params: unknown) => lab.callService('dmsDelays', params),
  dataSyncDelays: (params: unknown) => lab.callService('dataSyncDelays', params),
  setDnsPending: (params: Parameters<RunningLab['setDnsPending']>[0]) => lab.setDnsPending(params),
  setTraffic: (params: Parameters<RunningLab['setTraffic']>[0]) => lab.setTraffic(params),
  trafficTotals: (params: { workload: string }) => lab.trafficTotals(params.workload),
  processes: () => [self, ...lab.processes.recorded()],
};

function isAuthorized(request: http.IncomingMessage): boolean {
  const given = Buffer.from(String(request.headers['x-lab-token'] ?? ''));
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  if (!isAuthorized(request)) return sendJson(response, 403, { error: 'x-lab-token is missing or wrong' });
  const { method, params } = JSON.parse((await readBody(request)).toString('utf8')) as {
    method: string;
    params?: unknown;
  };
  if (method === 'down') {
    await shutDown();
    response.on('close', () => process.exit(0));
    return sendJson(response, 200, {});
  }
  const handler = METHODS[method];
  if (handler === undefined) return sendJson(response, 404, { error: `no method ${method}` });
  sendJson(response, 200, (await handler(params as never)) ?? null);
}

async function shutDown(): Promise<void> {
  stopping = true;
  await lab.stop();
  if (readState(dir)?.processes.some(({ pid }) => pid === process.pid)) removeState(dir);
}

/** Logs are those of this run; daemon.log was begun anew by whoever started us. */
function forgetOldLogs(): void {
  for (const name of readdirSync(dir)) {
    if (name.endsWith('.log') && name !== 'daemon.log') rmSync(path.join(dir, name));
  }
}

async function main(): Promise<void> {
  const server = http.createServer((request, response) => {
    serve(request, response).catch((error: unknown) =>
      sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) }),
    );
  });
  controlUrl = `http://${LOOPBACK}:${await listenOnFreePort(server)}`;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void shutDown().then(() => process.exit(0)));
  save();
  try {
    forgetOldLogs();
    await lab.start();
    await lab.addWorkload({ name: DEFAULT_WORKLOAD });
    status = 'ready';
    save();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    status = 'failed';
    await lab.stop();
    save();
    console.error(error);
    process.exit(1);
  }
}

void main();
