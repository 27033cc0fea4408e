/** The gateway: the one AWS endpoint of the lab. Routes by the SigV4 service, answers itself what the emulators fake. */
import http from 'node:http';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { userClientConfig, INTERNAL_ACCESS_KEY } from '../aws-env';
import { NameServer } from '../dns/name-server';
import { LOOPBACK, exchange, listenOnFreePort, readBody } from '../loopback';
import { emitToDaemon, serveDaemon } from '../rpc';
import { AwsError, errorAnswer, sendAnswer } from './answer';
import type { Answer } from './answer';
import { AutoScalingCorrections } from './auto-scaling';
import { ServiceModel } from './botocore';
import { Budgets } from './budgets';
import { CallsSeen } from './calls-seen';
import { CloudWatch, joined } from './cloudwatch';
import { DataSync } from './datasync';
import type { Delays as DataSyncDelays } from './datasync/runs';
import { Dms } from './dms';
import type { Delays as DmsDelays } from './dms/delays';
import { Ecr } from './ecr';
import { ElbCorrections } from './elb';
import { FaultRules, denial, internalError, throttleError } from './faults';
import type { FaultEffect } from './faults';
import { identify, signerOf } from './request';
import type { AwsRequest } from './request';
import { Roads } from './roads';
import { Route53 } from './route53';
import { SageMaker } from './sagemaker';
import { DaemonContainers } from './sagemaker/containers';
import type { ContainerReply } from './sagemaker/containers';
import type { Delays } from './sagemaker/deployment';
import { Simulations } from './simulate';
import type { OutageKind } from './simulate';
import { StaleReads } from './stale-reads';
import { forwardBuffered, forwardStreamed, upstreamOf } from './upstream';

const upstreams = { moto: process.env['LAB_MOTO'] ?? '', ministack: process.env['LAB_MINISTACK'] ?? '' };
const botocoreData = process.env['LAB_BOTOCORE'] ?? '';
const links: { dataPlane?: string } = {};
const faults = new FaultRules();
const stale = new StaleReads();
const callsSeen = new CallsSeen();
const motoConfig = { ...userClientConfig(upstreams.moto), maxAttempts: 2 };
const containers = new DaemonContainers();
const s3 = new S3Client({ ...userClientConfig(upstreams.ministack), forcePathStyle: true });
const sageMaker = new SageMaker({
  botocoreData,
  containers,
  s3,
  onWeights: (weights) => emitToDaemon('endpointWeights', weights),
});
const dataSync = new DataSync({ botocoreData, places: { s3, files: process.env['LAB_FILES'] ?? '' } });
const dms = new Dms({ botocoreData });
const roads = new Roads({ botocoreData });
const budgets = new Budgets(botocoreData);
const route53 = new Route53({
  botocoreData,
  moto: new Route53Client(motoConfig),
  onWeights: (weights) => emitToDaemon('dnsWeights', weights),
});
const ecr = new Ecr({
  botocoreData,
  registry: process.env['LAB_REGISTRY'] ?? '',
  folder: process.env['LAB_REGISTRY_FOLDER'] ?? '',
});
const nameServer = new NameServer(() => route53.view());
const simulations = new Simulations(
  {
    elb: ServiceModel.load(botocoreData, 'elbv2'),
    autoScaling: ServiceModel.load(botocoreData, 'autoscaling'),
    cloudwatch: ServiceModel.load(botocoreData, 'cloudwatch'),
  },
  new ElbCorrections(new ElasticLoadBalancingV2Client(motoConfig), () => links.dataPlane),
  new AutoScalingCorrections(new AutoScalingClient(motoConfig)),
  new CloudWatch(() => links.dataPlane, joined(sageMaker.metrics, dms.metrics)),
);

async function handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const signer = signerOf(incoming);
  const body = signer.service === 's3' ? undefined : await readBody(incoming);
  const request = route53.named(identify(incoming, signer, body));
  callsSeen.see(request);
  const internal = signer.accessKey === INTERNAL_ACCESS_KEY;
  const effect = internal ? undefined : faults.take(request, Date.now());
  try {
    await refuseIfAsked(request, effect);
    if (request.body === undefined) await passStream(request, incoming, response, effect);
    else if (sageMaker.isStream(request)) await sageMaker.stream(request, response);
    else finish(response, await answer(request, internal, effect), effect, request);
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError('InternalFailure', `The lab's gateway: ${String(error)}`, 500);
    // Drain the body first: a client that is still sending would see a broken connection instead of the error.
    incoming.resume();
    sendAnswer(response, errorAnswer(request, known));
  }
}

/** The faults that hit before anything happens. */
async function refuseIfAsked(request: AwsRequest, effect: FaultEffect | undefined): Promise<void> {
  if (effect?.kind === 'throttle') throw throttleError(request);
  if (effect?.kind === 'deny') throw denial(request);
  if (effect?.kind === 'error_before') throw internalError(request);
  if (effect?.kind === 'outage' && effect.as === 'error') throw internalError(request);
  if (effect?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, effect.ms));
}

async function passStream(
  request: AwsRequest,
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
  effect: FaultEffect | undefined,
): Promise<void> {
  await forwardStreamed(incoming, response, upstreamOf(upstreams, request.service), {
    cutReply: effect?.kind === 'cut_reply',
    ...(effect?.kind === 'error_after' ? { instead: errorAnswer(request, internalError(request)) } : {}),
  });
}

async function answer(request: AwsRequest, internal: boolean, effect: FaultEffect | undefined): Promise<Answer> {
  if (effect?.kind === 'stale_read') {
    const old = stale.find(request);
    if (old !== undefined) return old;
  }
  const outage = effect?.kind === 'outage' ? effect.as : undefined;
  const own = internal ? undefined : await ownAnswer(request, outage);
  const result = own ?? (await forwardBuffered(request, upstreamOf(upstreams, request.service)));
  if (!internal && effect === undefined) stale.remember(request, result);
  if (changesRouting(request)) pokeDataPlane();
  await route53.after(request);
  return result;
}

/** Undefined: what the emulator says is good enough. */
async function ownAnswer(request: AwsRequest, outage: OutageKind | undefined): Promise<Answer | undefined> {
  return (
    (await sageMaker.answer(request)) ??
    (await dataSync.answer(request)) ??
    (await dms.answer(request)) ??
    (await roads.answer(request)) ??
    (await ecr.answer(request)) ??
    (await budgets.answer(request)) ??
    (await route53.answer(request)) ??
    (await simulations.answer(request, outage))
  );
}

function finish(
  response: http.ServerResponse,
  result: Answer,
  effect: FaultEffect | undefined,
  request: AwsRequest,
): void {
  if (effect?.kind === 'cut_reply') response.destroy();
  else sendAnswer(response, effect?.kind === 'error_after' ? errorAnswer(request, internalError(request)) : result);
}

function changesRouting(request: AwsRequest): boolean {
  return request.service === 'elasticloadbalancing' && !/^(Describe|AddTags|RemoveTags)/.test(request.operation);
}

/** Not awaited: on AWS, too, a weight is in effect a moment after the API has answered. */
function pokeDataPlane(): void {
  if (links.dataPlane === undefined) return;
  exchange(`${links.dataPlane}/refresh`).catch((error: unknown) => console.error('poke:', error));
}

async function main(): Promise<void> {
  const server = http.createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    void handle(request, response).catch((error: unknown) => {
      console.error('request:', error);
      response.destroy();
    });
  });
  const port = await listenOnFreePort(server);
  serveDaemon({
    link: (params: typeof links) => void Object.assign(links, params),
    addFault: (rule: unknown) => faults.add(rule),
    clearFaults: () => faults.clear(),
    listFaults: () => faults.list(),
    takeCalls: () => callsSeen.take(),
    containerReply: (reply: ContainerReply) => containers.receive(reply),
    sageMakerFault: (fault: unknown) => sageMaker.fault(fault),
    clearSageMakerFaults: () => sageMaker.clearFaults(),
    sageMakerDelays: (delays: Partial<Delays>) => sageMaker.setDelays(delays),
    dataSyncFault: (fault: unknown) => dataSync.fault(fault),
    clearDataSyncFaults: () => dataSync.clearFaults(),
    dataSyncDelays: (delays: Partial<DataSyncDelays>) => dataSync.setDelays(delays),
    dmsFault: (fault: unknown) => dms.fault(fault),
    clearDmsFaults: () => dms.clearFaults(),
    dmsDelays: (delays: Partial<DmsDelays>) => dms.setDelays(delays),
    dnsPending: ({ ms }: { ms: number }) => route53.setPendingMs(ms),
  });
  emitToDaemon('ready', { url: `http://${LOOPBACK}:${port}`, dns: await nameServer.start() });
}

void main();
