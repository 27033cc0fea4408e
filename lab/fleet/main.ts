/** The fleet: one process that hosts every model server, each an HTTP server on a port of its own. */
import { emitToDaemon, serveDaemon } from '../rpc';
import { ModelServer } from './server';
import type { ModelFault, ModelSide } from './server';

const SERVICE_TIME_MS = 15;

interface Hosted {
  readonly workload: string;
  readonly side: ModelSide;
  readonly server: ModelServer;
}

const servers = new Map<string, Hosted>();
const faults = new Map<string, ModelFault>();

const faultKey = (workload: string, side: ModelSide): string => `${workload}/${side}`;

async function start(params: { instanceId: string; workload: string; side: ModelSide }): Promise<string> {
  const server = new ModelServer({ instanceId: params.instanceId, side: params.side, serviceTimeMs: SERVICE_TIME_MS });
  server.fault = faults.get(faultKey(params.workload, params.side)) ?? {};
  servers.set(params.instanceId, { workload: params.workload, side: params.side, server });
  return server.start();
}

async function stop(params: { instanceId: string }): Promise<void> {
  const hosted = servers.get(params.instanceId);
  servers.delete(params.instanceId);
  await hosted?.server.stop();
}

/** Faults stay with the side of a workload: instances launched later have them too. */
function setFault(params: { workload: string; side: ModelSide; fault: ModelFault }): void {
  faults.set(faultKey(params.workload, params.side), params.fault);
  for (const hosted of servers.values()) {
    if (hosted.workload === params.workload && hosted.side === params.side) hosted.server.fault = params.fault;
  }
}

serveDaemon({ start, stop, setFault });
emitToDaemon('ready', {});
