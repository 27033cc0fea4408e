import {
  CreateEndpointCommand,
  DeleteEndpointCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import type { DescribeEndpointOutput, DesiredWeightAndCapacity } from '@aws-sdk/client-sagemaker';
import { eventually } from '../eventually';
import { LocalContainers, LocalGateway, variant } from './local-gateway';

const containers = new LocalContainers();
const gateway = new LocalGateway(containers);

/** Long enough to be seen on a busy machine. */
const SEEN_MS = 300;

beforeAll(async () => {
  const delays = { creatingMs: SEEN_MS, updatingMs: SEEN_MS, rollingBackMs: SEEN_MS, systemUpdatingMs: SEEN_MS };
  gateway.sageMaker.setDelays({ ...delays, deletingMs: SEEN_MS });
  await gateway.start();
});
afterEach(() => gateway.sageMaker.clearFaults());
afterAll(() => gateway.stop());

const pair = () => [
  variant('ranker-source', { InitialVariantWeight: 1 }),
  variant('ranker', { InitialVariantWeight: 0 }),
];

function adjust(EndpointName: string, ...wanted: DesiredWeightAndCapacity[]): Promise<unknown> {
  return gateway.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName, DesiredWeightsAndCapacities: wanted }),
  );
}

function update(EndpointName: string, EndpointConfigName: string, retain = false): Promise<unknown> {
  return gateway.client.send(
    new UpdateEndpointCommand({ EndpointName, EndpointConfigName, RetainAllVariantProperties: retain }),
  );
}

function numbers({ ProductionVariants = [] }: DescribeEndpointOutput): unknown[] {
  return ProductionVariants.map((one) => [
    one.CurrentWeight,
    one.DesiredWeight,
    one.CurrentInstanceCount,
    one.DesiredInstanceCount,
  ]);
}

const PING_FAILURE =
  'The primary container for production variant crossfade did not pass the ping health check. Please check CloudWatch logs for this endpoint.';

test('endpoint: is Creating without capacity, then InService with all of it', async () => {
  await gateway.configure('new', [variant('crossfade', { InitialInstanceCount: 2 })]);
  await gateway.client.send(new CreateEndpointCommand({ EndpointName: 'new', EndpointConfigName: 'new' }));
  const creating = await gateway.describe('new');
  expect([creating.EndpointStatus, numbers(creating)]).toEqual(['Creating', [[0, 1, 0, 2]]]);

  expect(numbers(await gateway.reaches('new', 'InService'))).toEqual([[1, 1, 2, 2]]);
  expect(containers.of('crossfade')).toHaveLength(2);
  await gateway.client.send(new DeleteEndpointCommand({ EndpointName: 'new' }));
});

test('endpoint: whose containers never become healthy is Failed, and says which', async () => {
  gateway.sageMaker.fault({ kind: 'unhealthy', endpoint: 'sick' });
  await gateway.configure('sick', [variant('crossfade')]);
  await gateway.client.send(new CreateEndpointCommand({ EndpointName: 'sick', EndpointConfigName: 'sick' }));

  expect((await gateway.reaches('sick', 'Failed')).FailureReason).toBe(PING_FAILURE);
  await expect(update('sick', 'sick')).rejects.toThrow(/Failed/);
});

test('endpoint: takes no change while another one runs', async () => {
  await gateway.deploy('busy', pair());
  await adjust('busy', { VariantName: 'ranker', DesiredWeight: 1 });

  const refused = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/busy".';
  await expect(adjust('busy', { VariantName: 'ranker', DesiredWeight: 2 })).rejects.toThrow(refused);
  await expect(update('busy', 'busy')).rejects.toThrow(refused);
  await expect(gateway.client.send(new DeleteEndpointCommand({ EndpointName: 'busy' }))).rejects.toThrow(refused);
  await gateway.reaches('busy', 'InService');
});

test('weights: are wanted while Updating, and in force when it is InService', async () => {
  await gateway.deploy('shift', pair());
  await adjust('shift', { VariantName: 'ranker', DesiredWeight: 3, DesiredInstanceCount: 2 });
  const updating = await gateway.describe('shift');
  expect([updating.EndpointStatus, numbers(updating)]).toEqual([
    'Updating',
    [
      [1, 1, 1, 1],
      [0, 3, 1, 2],
    ],
  ]);

  expect(numbers(await gateway.reaches('shift', 'InService'))).toEqual([
    [1, 1, 1, 1],
    [3, 3, 2, 2],
  ]);
});

test('weights: a silent return leaves them as they were, without a word', async () => {
  await gateway.deploy('mute', pair());
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'mute' });
  await adjust('mute', { VariantName: 'ranker', DesiredWeight: 3 });

  const after = await gateway.reaches('mute', 'InService');
  expect([numbers(after), after.FailureReason]).toEqual([
    [
      [1, 1, 1, 1],
      [0, 0, 1, 1],
    ],
    undefined,
  ]);
  await adjust('mute', { VariantName: 'ranker', DesiredWeight: 3 });
  expect(numbers(await gateway.reaches('mute', 'InService'))[1]).toEqual([3, 3, 1, 1]);
});

test('update: shows the old configuration until the new one serves, and then stops the old containers', async () => {
  await gateway.deploy('old', [variant('before')]);
  await gateway.configure('fresh', [variant('after')], { ShadowProductionVariants: [variant('shadow')] });
  await update('old', 'fresh');
  expect(await gateway.describe('old')).toMatchObject({
    EndpointStatus: 'Updating',
    EndpointConfigName: 'old',
    ProductionVariants: [{ VariantName: 'before' }],
    PendingDeploymentSummary: { EndpointConfigName: 'fresh', ShadowProductionVariants: [{ VariantName: 'shadow' }] },
  });

  const after = await gateway.reaches('old', 'InService');
  expect(after).toMatchObject({ EndpointConfigName: 'fresh', ShadowProductionVariants: [{ CurrentWeight: 1 }] });
  expect(after.PendingDeploymentSummary).toBeUndefined();
  await eventually(() => expect(containers.of('before')).toEqual([]));
  expect(containers.of('after')).toHaveLength(1);
});

test('update: a silent return ends in service on the old configuration, with no reason given', async () => {
  await gateway.deploy('back', [variant('kept')]);
  await gateway.configure('never', [variant('dropped')]);
  gateway.sageMaker.fault({ kind: 'silent_return', endpoint: 'back' });
  await update('back', 'never');

  const after = await gateway.reaches('back', 'InService');
  expect([after.EndpointConfigName, after.FailureReason]).toEqual(['back', undefined]);
  await eventually(() => expect(containers.of('dropped')).toEqual([]));
});

test('update: to containers that never become healthy rolls back, and says why', async () => {
  await gateway.deploy('firm', [variant('kept')]);
  await gateway.configure('firm-2', [variant('crossfade')]);
  gateway.sageMaker.fault({ kind: 'unhealthy', endpoint: 'firm' });
  await update('firm', 'firm-2');

  await gateway.reaches('firm', 'RollingBack');
  const after = await gateway.reaches('firm', 'InService');
  expect([after.EndpointConfigName, after.FailureReason]).toEqual(['firm', PING_FAILURE]);
});

test.each([
  ['keeps', true, [5, 5, 2, 2]],
  ['forgets', false, [0, 0, 1, 1]],
])('update: %s what was set since, with RetainAllVariantProperties %s', async (_what, retain, expected) => {
  const name = `retain-${retain}`;
  await gateway.deploy(name, pair());
  await adjust(name, { VariantName: 'ranker', DesiredWeight: 5, DesiredInstanceCount: 2 });
  await gateway.reaches(name, 'InService');
  await update(name, name, retain);

  expect(numbers(await gateway.reaches(name, 'InService'))[1]).toEqual(expected);
});

test('endpoint: that SageMaker patches is SystemUpdating for a while', async () => {
  await gateway.deploy('patched', [variant('kept')]);
  gateway.sageMaker.fault({ kind: 'system_update', endpoint: 'patched' });

  expect((await gateway.describe('patched')).EndpointStatus).toBe('SystemUpdating');
  await gateway.reaches('patched', 'InService');
});

test('endpoint: that is deleted is Deleting, then not there, and its containers are gone', async () => {
  await gateway.deploy('gone', [variant('goner')]);
  await gateway.client.send(new DeleteEndpointCommand({ EndpointName: 'gone' }));
  expect((await gateway.describe('gone')).EndpointStatus).toBe('Deleting');

  await eventually(() => expect(gateway.describe('gone')).rejects.toThrow(/Could not find endpoint/));
  await eventually(() => expect(containers.of('goner')).toEqual([]));
});

test('quota: more instances than it allows are refused with its numbers', async () => {
  gateway.sageMaker.fault({ kind: 'quota', instanceType: 'ml.p4d.24xlarge', value: 3 });
  const InstanceType = 'ml.p4d.24xlarge';
  await gateway.deploy('large', [variant('crossfade', { InstanceType, InitialInstanceCount: 2 })]);

  const refusal = {
    name: 'ResourceLimitExceeded',
    message: expect.stringContaining(
      "The account-level service limit 'ml.p4d.24xlarge for endpoint usage' is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances.",
    ) as string,
  };
  await expect(adjust('large', { VariantName: 'crossfade', DesiredInstanceCount: 4 })).rejects.toMatchObject(refusal);
  await expect(update('large', 'large')).rejects.toMatchObject(refusal);
  await adjust('large', { VariantName: 'crossfade', DesiredInstanceCount: 3 });
  await gateway.reaches('large', 'InService');
});

test('shadow: a configuration with one is refused while the fault is on', async () => {
  const configure = (): Promise<void> =>
    gateway.configure('with-shadow', [variant('a')], { ShadowProductionVariants: [variant('b')] });
  gateway.sageMaker.fault({ kind: 'shadow_refused' });
  await expect(configure()).rejects.toMatchObject({ name: 'ValidationException' });

  gateway.sageMaker.clearFaults();
  await expect(configure()).resolves.toBeUndefined();
});
