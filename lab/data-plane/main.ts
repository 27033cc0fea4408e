/**
 * The data plane: the load balancers of the lab. They follow the ELBv2 API, so a weight changed there moves live requests,
 * and publish what Application Load Balancers would publish to CloudWatch (read by the gateway) and a Prometheus endpoint.
 */
import http from 'node:http';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { internalClientConfig } from '../aws-env';
import { LOOPBACK, listenOnFreePort, listenOnSamePort, sendJson } from '../loopback';
import { emitToDaemon, serveDaemon } from '../rpc';
import { readListeners } from './elb-config';
import { LoadBalancer } from './load-balancer';
import type { NewLoadBalancer } from './load-balancer';
import { TargetTable } from './targets';

/** A write through the gateway refreshes at once; the poll is for what nobody told us. */
const POLL_MS = 1_000;

const elb = new ElasticLoadBalancingV2Client({ ...internalClientConfig(process.env['LAB_AWS'] ?? ''), maxAttempts: 3 });
const targets = new TargetTable();
const dimensions = new Map<string, string>();
const balancers = new Map<string, LoadBalancer>();
let refreshing: Promise<void> | undefined;
let refreshAgain = false;

/** Reads the listeners now; a call during a refresh starts one more after it, so its caller's write is seen. */
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
    if (balancers.size === 0) return;
    try {
      const all = [...balancers.values()];
      const config = await readListeners(
        elb,
        all.map(({ listenerArn }) => listenerArn),
      );
      for (const group of config.groups) dimensions.set(group.arn, group.dimension);
      targets.apply(config.groups, Date.now());
      for (const balancer of all) balancer.rules = config.rules.get(balancer.listenerArn) ?? [];
      emitToDaemon('rules', [...config.rules.values()].flat());
    } catch (error) {
      // A load balancer goes on with what it knew, as AWS's does when its control plane is down.
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
      const metrics = balancers.get(query.get('loadBalancer') ?? '')?.metrics;
      sendJson(response, 200, metrics?.window(key, Number(query.get('from')), Number(query.get('to'))) ?? []);
      return;
    }
    case '/keys':
      sendJson(response, 200, keys());
      return;
    case '/metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end([...balancers.values()].map((balancer) => balancer.prometheus()).join(''));
      return;
    default:
      sendJson(response, 404, { error: 'not found' });
  }
}

function keys(): object[] {
  return [...balancers.values()].flatMap(({ dimension, metrics }) =>
    metrics.keys().map((key) => ({ ...key, loadBalancer: dimension })),
  );
}

/** All on the same port, each at its own address. @returns that port, once their rules are known. */
async function addLoadBalancers(made: readonly NewLoadBalancer[]): Promise<number> {
  const added = made.map(({ loadBalancerArn, listenerArn, address }) => {
    const dimension = loadBalancerArn.slice(loadBalancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length);
    return {
      address,
      balancer: new LoadBalancer(dimension, listenerArn, targets, (arn) => dimensions.get(arn) ?? arn),
    };
  });
  const port = await listenOnSamePort(added.map(({ address, balancer }) => ({ address, server: balancer.server })));
  for (const { balancer } of added) balancers.set(balancer.dimension, balancer);
  await refresh();
  return port;
}

async function main(): Promise<void> {
  const adminPort = await listenOnFreePort(http.createServer(serveAdmin));
  serveDaemon({
    addLoadBalancers: (params: { made: readonly NewLoadBalancer[] }) => addLoadBalancers(params.made),
    setAddresses: (params: { addresses: [string, string][] }) => targets.setAddresses(new Map(params.addresses)),
  });
  targets.startHealthChecks();
  setInterval(() => void refresh(), POLL_MS);
  setInterval(() => {
    for (const balancer of balancers.values()) balancer.recordHosts(Date.now());
  }, 1_000);
  emitToDaemon('ready', { admin: `http://${LOOPBACK}:${adminPort}` });
}

void main();
