import type { EndpointStatus, ProductionVariant } from '@aws-sdk/client-sagemaker';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { Client, Connection } from '@temporalio/client';
import { userClientConfig } from '../../lab/aws-env';
import { Drive } from '../../lab/drive';
import type { Lab } from '../../lab/index';
import type { StatusView } from '../../src/contracts/messages';
import { eventually } from '../lab/eventually';
import { AtOnce } from '../support/temporal/at-once';
import { refusalOf, resourcesOf, statusOnce } from './looks';
import type { OwnLab } from './own-lab';
import { ownLab } from './own-lab';
import { quickSpec } from './quick-spec';

/*
 * What goes wrong where a target joins an endpoint that is there: each on a workload of its own, all in one lab. Every
 * one ends with the endpoint as its users had it before, and nothing left beside it.
 */

const RATE_PER_SECOND = 10;
const WITHIN_MS = 180_000;
/** A busier machine fails requests that no migration failed. */
const AT_ONCE_MAX = 3;
/** Long enough to begin a migration meanwhile. */
const ROLLING_BACK_MS = 8_000;

interface Trouble {
  readonly seen: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly configName: string | undefined;
  readonly failedRequests: number;
}

let own: OwnLab;
let lab: Lab;
let connection: Connection;
let sageMaker: SageMakerClient;
const endings = new AtOnce<Trouble>();

const endpointOf = (workload: string): string => `${workload}-live`;

interface Story {
  /** What is the matter with the endpoint before any of them begins. */
  readonly plant?: (workload: string) => Promise<void>;
  /** Resolves with what was seen of the trouble. */
  readonly act: (drive: Drive) => Promise<string>;
}

async function play(workload: string, { act }: Story): Promise<Trouble> {
  const before = await resourcesOf(lab, workload);
  const drive = new Drive(lab, new Client({ connection }), workload, () => undefined);
  const seen = await act(drive);
  const after = await resourcesOf(lab, workload);
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

/** Its container was made anew, and does not answer. Nobody is served there. */
async function plantFailure(workload: string): Promise<void> {
  const EndpointName = endpointOf(workload);
  await lab.setTraffic(workload, { ratePerSecond: 0 });
  await lab.setSageMakerFault({ kind: 'unhealthy', endpoint: EndpointName });
  await sageMaker.send(new DeleteEndpointCommand({ EndpointName }));
  const make = new CreateEndpointCommand({ EndpointName, EndpointConfigName: `${EndpointName}-config` });
  // Its name is free once it is gone.
  await eventually(() => sageMaker.send(make));
  await untilEndpoint(workload, 'Failed');
}

/** An update of a colleague's is being rolled back when the migration begins. @returns what it waited for. */
async function returning(drive: Drive): Promise<string> {
  const { workload } = drive;
  await lab.setSageMakerDelays({ rollingBackMs: ROLLING_BACK_MS });
  await lab.setSageMakerFault({ kind: 'unhealthy', endpoint: endpointOf(workload) });
  await putBack(workload);
  await untilEndpoint(workload, 'RollingBack');
  await begin(drive);
  const waitedFor = await untilAttemptFailed(drive);
  // The baseline may be over at once: its traffic is there since before.
  await drive.until('a phase', ({ phase }) => phase !== 'starting');
  await abandon(drive);
  return waitedFor;
}

async function untilEndpoint(workload: string, status: EndpointStatus): Promise<void> {
  const describe = new DescribeEndpointCommand({ EndpointName: endpointOf(workload) });
  await eventually(async () => expect((await sageMaker.send(describe)).EndpointStatus).toBe(status));
}

/** Why the first step is tried again, as Temporal shows it. */
async function untilAttemptFailed({ handle }: Drive): Promise<string> {
  let message = '';
  await eventually(async () => {
    const { raw } = await handle.describe();
    message = raw.pendingActivities?.[0]?.lastFailure?.message ?? '';
    expect(message).not.toBe('');
  });
  return message;
}

async function refused(drive: Drive): Promise<string> {
  await begin(drive);
  return refusalOf(drive);
}

const STORIES: Readonly<Record<string, Story>> = {
  'ept-hand': { act: throttledAndPutBack },
  'ept-sick': { act: neverHealthy },
  'ept-taken': { plant: plantVariant, act: refused },
  'ept-failed': { plant: plantFailure, act: refused },
  'ept-returning': { act: returning },
};

beforeAll(async () => {
  own = await ownLab('endpoint');
  lab = own.lab;
  connection = await Connection.connect({ address: lab.info.temporal });
  sageMaker = new SageMakerClient(userClientConfig(lab.info.aws));
  for (const name of Object.keys(STORIES))
    await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND, endpoint: true });
  for (const [workload, { plant }] of Object.entries(STORIES)) await plant?.(workload);
  const plays = Object.entries(STORIES).map(([workload, story]) => [workload, () => play(workload, story)] as const);
  endings.begin(Object.fromEntries(plays), AT_ONCE_MAX);
}, 120_000);

afterAll(async () => {
  await endings.settled();
  await connection?.close();
  await own?.down();
}, WITHIN_MS);

test.each([
  [
    'told to ask less often, then put back on its own configuration',
    'ept-hand',
    /(serves|updated to) the configuration ept-hand-live-config, and crossfade-ept-hand was put there/,
  ],
  [
    'whose update is being rolled back when the migration begins',
    'ept-returning',
    /endpoint\/ept-returning-live is being changed: it is RollingBack/,
  ],
  ['whose new container never answers', 'ept-sick', /^EndpointFailed: .*did not pass the ping health check/s],
])(
  'an endpoint %s: held and told; abandoned, it is as it was',
  async (_name, workload, words) => {
    const ending = await endings.of(workload);

    expect(ending.seen).toMatch(words);
    expect(ending.after).toEqual(ending.before);
    expect(ending.configName).toBe(`${endpointOf(workload)}-config`);
    expect(ending.failedRequests).toBe(0);
  },
  WITHIN_MS,
);

test(
  'an endpoint with a variant of our name that is not ours: refused with one error, before anything is made',
  async () => {
    const ending = await endings.of('ept-taken');

    expect(ending.seen).toMatch(/^SpecInvalid: .*target\.sagemaker: the endpoint has a variant crossfade already/s);
    expect(ending.after).toEqual(ending.before);
    expect(ending.configName).toBe('ept-taken-live-theirs');
  },
  WITHIN_MS,
);

test(
  'an endpoint that has failed before: refused with the reason of SageMaker, before anything is made',
  async () => {
    const ending = await endings.of('ept-failed');

    expect(ending.seen).toMatch(
      /^SpecInvalid: .*router\.sagemaker\.endpointName: it is Failed: .*did not pass the ping health check/s,
    );
    expect(ending.after).toEqual(ending.before);
    expect(ending.configName).toBe(`${endpointOf('ept-failed')}-config`);
  },
  WITHIN_MS,
);
