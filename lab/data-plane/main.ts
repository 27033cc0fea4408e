/**
 * The data plane: the load balancer of the lab. It follows the ELBv2 API, so a weight changed there moves live requests,
 * and publishes what an Application Load Balancer would publish to CloudWatch (read by the gateway) and a Prometheus endpoint.
 */
import http from 'node:http';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { internalClientConfig } from '../aws-env';
import { LOOPBACK, listenOnFreePort, sendJson } from '../loopback';
import { emitToDaemon, serveDaemon } from '../rpc';
import { seededRandom } from '../seeded';
import { readListener } from './elb-config';
import { LoadBalancerMetrics } from './metrics';
import { createProxy } from './proxy';
import type { ProxyState } from './proxy';
import { TargetTable } from './targets';

/** A write through the gateway refreshes at once; the poll is for what nobody told us. */
const POLL_MS = 1_000;

const elb = new ElasticLoadBalancingV2Client({ ...internalClientConfig(process.env['LAB_AWS'] ?? ''), maxAttempts: 3 });
const targets = new TargetTable();
const metrics = new LoadBalancerMetrics();
const dimensions = new Map<string, string>();
const state: ProxyState = {
  rules: [],
  targets,
  metrics,
  random: seededRandom(7),
  dimensionOf: (arn) => dimensions.get(arn) ?? arn,
};
let listenerArn: string | undefined;
let refreshing: Promise<void> | undefined;
let refreshAgain = false;

/** Reads the listener now; a call during a refresh starts one more after it, so its caller's write is seen. */
async function refresh(): Promise<void> {
  if (refreshing !== undefined) {
    refreshAgain = true;
    return refreshing;
  }
  refreshing = refreshUntilQuiet().finally(() => (refreshing = undefined));
  return refreshing;
}

async function refreshUntilQuiet(): Promise<void> {
  do {
    refreshAgain = false;
    if (listenerArn === undefined) return;
    try {
      const config = await readListener(elb, listenerArn);
      for (const group of config.groups) dimensions.set(group.arn, group.dimension);
      targets.apply(config.groups, Date.now());
      state.rules = config.rules;
      emitToDaemon('rules', config.rules);
    } catch (error) {
      // The load balancer goes on with what it knew, as AWS's does when its control plane is down.
      console.error('refresh:', error instanceof Error ? error.message : error);
    }
  } while (refreshAgain);
}

function serveAdmin(request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://lab');
  const query = url.searchParams;
  switch (url.pathname) {
    case '/refresh':
      void refresh().then(() => sendJson(response, 200, {}));
      return;
    case '/targets':
      sendJson(response, 200, targets.targetsOf(query.get('arn') ?? '') ?? []);
      return;
    case '/series': {
      const key = { metric: query.get('metric') ?? '', targetGroup: query.get('targetGroup') ?? undefined };
      sendJson(response, 200, metrics.window(key, Number(query.get('from')), Number(query.get('to'))));
      return;
    }
    case '/keys':
      sendJson(response, 200, metrics.keys());
      return;
    case '/metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(metrics.prometheus(targets));
      return;
    default:
      sendJson(response, 404, { error: 'not found' });
  }
}

async function main(): Promise<void> {
  const proxyPort = await listenOnFreePort(createProxy(state));
  const adminPort = await listenOnFreePort(http.createServer(serveAdmin));
  serveDaemon({
    setListener: async (params: { listenerArn: string }) => {
      listenerArn = params.listenerArn;
      await refresh();
    },
    setAddresses: (params: { addresses: [string, string][] }) => targets.setAddresses(new Map(params.addresses)),
  });
  targets.startHealthChecks();
  setInterval(() => void refresh(), POLL_MS);
  setInterval(() => metrics.recordHosts(targets, Date.now()), 1_000);
  emitToDaemon('ready', { url: `http://${LOOPBACK}:${proxyPort}`, admin: `http://${LOOPBACK}:${adminPort}` });
}

void main();
