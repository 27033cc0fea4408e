import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import {
  CreateEndpointConfigCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { Client, Connection } from '@temporalio/client';
import { userClientConfig } from '../../lab/aws-env';
import { Drive } from '../../lab/drive';
import { labUp } from '../../lab/index';
import type { Lab } from '../../lab/index';
import { listResources } from '../../lab/resources';
import type { StatusView } from '../../src/contracts/messages';
import { eventually } from '../lab/eventually';
import { refusalOf, statusOnce } from './looks';
import { quickSpec } from './quick-spec';

/*
 * What goes wrong where a target joins an endpoint that is there: each on a workload of its own, all in one lab. Every
 * one ends with the endpoint as its users had it before, and nothing left beside it.
 */

const RATE_PER_SECOND = 10;
const WITHIN_MS = 180_000;

interface Trouble {
  readonly seen: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly configName: string | undefined;
  readonly failedRequests: number;
}

let lab: Lab;
let dir: string;
let connection: Connection;
let sageMaker: SageMakerClient;
const endings = new Map<string, Promise<Trouble>>();

const endpointOf = (workload: string): string => `${workload}-live`;

async function resourcesOf(workload: string): Promise<string[]> {
  return (await listResources(lab.info)).filter((resource) => resource.includes(workload));
}

/** @param act resolves with what was seen of the trouble. */
async function play(workload: string, act: (drive: Drive) => Promise<string>): Promise<Trouble> {
  const before = await resourcesOf(workload);
  const drive = new Drive(lab, new Client({ connection }), workload, () => undefined);
  const seen = await act(drive);
  const after = await resourcesOf(workload);
  const described = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpointOf(workload) }));
  const { failed } = await lab.trafficTotals(workload);
  await lab.setTraffic(workload, { ratePerSecond: 0 });
  return { seen, before, after, configName: described.EndpointConfigName, failedRequests: failed };
}

async function begin(drive: Drive): Promise<void> {
  await drive.start(quickSpec(lab, 'healthy', drive.workload, 'sagemaker'));
}

async function abandon(drive: Drive): Promise<void> {
  await drive.send('abandon', 'seen enough');
  await drive.handle.result();
}

/** What a colleague might do from a console: the endpoint's own configuration again. */
async function putBack(workload: string): Promise<void> {
  const EndpointName = endpointOf(workload);
  await sageMaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName: `${EndpointName}-config` }));
}

/** While it is told over and over that it asks too often. */
async function throttledAndPutBack(drive: Drive): Promise<string> {
  await begin(drive);
  await drive.until('real traffic', ({ phase, wanted }) => phase === 'cutover' && wanted.target === 25);
  await lab.setGatewayFault({
    service: 'sagemaker',
    operation: 'DescribeEndpoint',
    contains: endpointOf(drive.workload),
    effect: { kind: 'throttle' },
    times: 12,
  });
  await drive.until('more traffic', ({ wanted }) => wanted.target === 50);
  // SageMaker takes one change at a time, from a colleague too.
  await eventually(() => putBack(drive.workload));
  // Whoever comes first tells: the observer, or the next shift.
  const { verdict, blocked } = await statusOnce(
    drive,
    (status) => status.verdict?.kind === 'blind' || status.blocked !== null,
  );
  await drive.send('rollback', 'seen enough');
  await statusOnce(drive, ({ phase, rollback }) => phase === 'rolled_back' && rollback?.restoredAt != null);
  await abandon(drive);
  return blocked?.message ?? verdict?.reason ?? '';
}

async function neverHealthy(drive: Drive): Promise<string> {
  await lab.setSageMakerFault({ kind: 'unhealthy', endpoint: endpointOf(drive.workload) });
  await begin(drive);
  const { blocked } = await statusOnce(drive, (status: StatusView) => status.blocked !== null);
  await abandon(drive);
  return `${blocked?.code}: ${blocked?.message}`;
}

/** Somebody has given a variant of theirs the name that ours would have. */
async function plantVariant(workload: string): Promise<void> {
  const EndpointName = endpointOf(workload);
  const own = new DescribeEndpointConfigCommand({ EndpointConfigName: `${EndpointName}-config` });
  const [variant] = (await sageMaker.send(own)).ProductionVariants ?? [];
  const EndpointConfigName = `${EndpointName}-theirs`;
  const ProductionVariants: ProductionVariant[] = [
    { ...variant, VariantName: variant?.VariantName },
    { ...variant, VariantName: 'crossfade', InitialVariantWeight: 0 },
  ];
  await sageMaker.send(new CreateEndpointConfigCommand({ EndpointConfigName, ProductionVariants }));
  await sageMaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
}

async function refused(drive: Drive): Promise<string> {
  await begin(drive);
  return refusalOf(drive);
}

const STORIES: Readonly<Record<string, (drive: Drive) => Promise<string>>> = {
  'ept-hand': throttledAndPutBack,
  'ept-sick': neverHealthy,
  'ept-taken': refused,
};

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-endpoint-'));
  lab = await labUp({ dir, worker: true });
  await lab.setTraffic(lab.info.workloads[0]?.name ?? '', { ratePerSecond: 0 });
  connection = await Connection.connect({ address: lab.info.temporal });
  sageMaker = new SageMakerClient(userClientConfig(lab.info.aws));
  for (const name of Object.keys(STORIES))
    await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND, endpoint: true });
  await plantVariant('ept-taken');
  for (const [workload, act] of Object.entries(STORIES)) endings.set(workload, play(workload, act));
  // Each test awaits its own; one that fails must not end the process before its test reports it.
  for (const ending of endings.values()) ending.catch(() => undefined);
}, 120_000);

afterAll(async () => {
  await Promise.allSettled(endings.values());
  await connection?.close();
  await lab?.down();
  rmSync(dir, { recursive: true, force: true });
}, WITHIN_MS);

test.each([
  [
    'told to ask less often, then put back on its own configuration',
    'ept-hand',
    /(serves|updated to) the configuration ept-hand-live-config, and crossfade-ept-hand was put there/,
  ],
  ['whose new container never answers', 'ept-sick', /^EndpointFailed: .*did not pass the ping health check/s],
])(
  'an endpoint %s: held and told; abandoned, it is as it was',
  async (_name, workload, words) => {
    const ending = await endings.get(workload);

    expect(ending?.seen).toMatch(words);
    expect(ending?.after).toEqual(ending?.before);
    expect(ending?.configName).toBe(`${endpointOf(workload)}-config`);
    expect(ending?.failedRequests).toBe(0);
  },
  WITHIN_MS,
);

test(
  'an endpoint with a variant of our name that is not ours: refused with one error, before anything is made',
  async () => {
    const ending = await endings.get('ept-taken');

    expect(ending?.seen).toMatch(/^SpecInvalid: .*target\.sagemaker: the endpoint has a variant crossfade already/s);
    expect(ending?.after).toEqual(ending?.before);
    expect(ending?.configName).toBe('ept-taken-live-theirs');
  },
  WITHIN_MS,
);
