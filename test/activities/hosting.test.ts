import type { HostedInput } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import type { Owner } from '../../src/domain/resources';
import type { SageMakerTargetSpec } from '../../src/domain/spec';
import type { EndpointStatus } from '../../src/ports/model-hosting';
import { HOSTED_TARGET } from '../support/fakes';
import { EARLIER, OWNER, Stage } from './support';

const name = 'crossfade-ranker';
const FOREIGN: Owner = { workload: 'other', run: 'run-1' };
const THROTTLED = new MigrationError('AwsUnavailable', 'ThrottlingException: Rate exceeded');

function targetOf(stage: Stage): SageMakerTargetSpec {
  const { sagemaker } = stage.spec({ target: HOSTED_TARGET }).target;
  if (sagemaker === undefined) throw new Error('the spec has another target');
  return sagemaker;
}

const inputOf = (stage: Stage, adopt = false): HostedInput => ({ name, target: targetOf(stage), owner: OWNER, adopt });
const remove = { name, owner: OWNER };
const wait = (stage: Stage, instanceCount = 2): Promise<void> =>
  stage.activities.waitEndpointInService({ name, instanceCount });

/** Model and configuration, without which SageMaker makes no endpoint. */
async function hosted(): Promise<Stage> {
  const stage = new Stage();
  await stage.activities.createModel(inputOf(stage));
  await stage.activities.createEndpointConfig(inputOf(stage));
  stage.faults.reset();
  return stage;
}

async function serving(): Promise<Stage> {
  const stage = await hosted();
  await stage.activities.createEndpoint(inputOf(stage));
  stage.faults.reset();
  return stage;
}

interface Built {
  readonly kind: string;
  readonly method: string;
  readonly before: () => Promise<Stage>;
  readonly create: (stage: Stage, adopt: boolean) => Promise<void>;
  readonly remove: (stage: Stage) => Promise<void>;
  readonly plant: (stage: Stage, owner: Owner | undefined) => unknown;
  readonly isThere: (stage: Stage) => boolean;
}

const KINDS: Built[] = [
  {
    kind: 'model',
    method: 'hosting.createModel',
    before: async () => new Stage(),
    create: (stage, adopt) => stage.activities.createModel(inputOf(stage, adopt)),
    remove: (stage) => stage.activities.removeModel(remove),
    plant: (stage, owner) => stage.world.models.set(name, { owner, image: 'theirs' }),
    isThere: (stage) => stage.world.models.has(name),
  },
  {
    kind: 'endpoint configuration',
    method: 'hosting.createEndpointConfig',
    before: async () => {
      const stage = new Stage();
      await stage.activities.createModel(inputOf(stage));
      return stage;
    },
    create: (stage, adopt) => stage.activities.createEndpointConfig(inputOf(stage, adopt)),
    remove: (stage) => stage.activities.removeEndpointConfig(remove),
    plant: (stage, owner) => stage.world.endpointConfigs.set(name, { owner, instanceCount: 2 }),
    isThere: (stage) => stage.world.endpointConfigs.has(name),
  },
  {
    kind: 'endpoint',
    method: 'hosting.createEndpoint',
    before: hosted,
    create: (stage, adopt) => stage.activities.createEndpoint(inputOf(stage, adopt)),
    remove: (stage) => stage.activities.removeEndpoint(remove),
    plant: (stage, owner) =>
      stage.world.endpoints.set(name, { owner, configName: name, instanceCount: 2, createdAtMs: 0, tags: {} }),
    isThere: (stage) => stage.world.endpoints.get(name) !== undefined,
  },
];

describe.each(KINDS)('$kind', ({ method, before, create, remove: undo, plant, isThere }) => {
  test('create: twice is once, also when the first reply was lost', async () => {
    const stage = await before();
    stage.faults.loseNextReply(method);

    await expect(create(stage, false)).rejects.toThrow('socket hang up');
    const after = stage.world.snapshot();
    await create(stage, false);

    expect(stage.world.snapshot()).toEqual(after);
    expect(stage.faults.count(method)).toBe(1);
  });

  test('create: one that was made behind a refusal is taken for what it is', async () => {
    const stage = await before();
    stage.faults.before(method, 1, () => plant(stage, OWNER));

    await create(stage, false);

    expect(isThere(stage)).toBe(true);
  });

  test('create: what an earlier run left is refused, and taken over with adopt', async () => {
    const stage = await before();
    plant(stage, EARLIER);

    await expect(create(stage, false)).rejects.toMatchObject({ type: 'EarlierRunLeftovers', nonRetryable: true });
    await create(stage, true);

    expect(isThere(stage)).toBe(true);
  });

  test.each([
    ['nobody', undefined],
    ['another workload', FOREIGN],
  ])('create and remove: what belongs to %s is refused, and stays', async (_name, owner) => {
    const stage = await before();
    plant(stage, owner);
    const planted = stage.world.snapshot();

    await expect(create(stage, true)).rejects.toMatchObject({ type: 'ResourceNotOurs', nonRetryable: true });
    await undo(stage);

    expect(stage.world.snapshot()).toEqual(planted);
  });

  test('remove: it is gone afterwards, twice is once, and never there is fine', async () => {
    const stage = await before();
    await undo(stage);
    await create(stage, false);
    await undo(stage);
    await undo(stage);

    expect(isThere(stage)).toBe(false);
  });
});

test('hosting: building and removing, each call with its reply lost, leaves the world as it was', async () => {
  const stage = new Stage();
  const before = stage.world.snapshot();
  const { activities, faults } = stage;
  const calls = [
    () => activities.createModel(inputOf(stage)),
    () => activities.createEndpointConfig(inputOf(stage)),
    () => activities.createEndpoint(inputOf(stage)),
    () => activities.putEndpointScaling({ name, scaling: targetOf(stage).scaling! }),
    () => activities.removeEndpoint(remove),
    () => activities.removeEndpointConfig(remove),
    () => activities.removeModel(remove),
  ];
  for (const call of calls) {
    faults.loseNextReply('hosting.*');
    await call().catch(call);
  }

  expect(stage.world.snapshot()).toEqual(before);
});

describe('createEndpoint', () => {
  test('createEndpoint: a failed one of ours is deleted, and made again once it is gone', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.status = 'Failed';
    stage.world.endpointDeleteMs = 40_000;

    await stage.activities.createEndpoint(inputOf(stage));

    expect(stage.faults.calls.filter((call) => /create|delete/.test(call))).toEqual([
      'hosting.deleteEndpoint',
      'hosting.createEndpoint',
    ]);
    await expect(wait(stage)).resolves.toBeUndefined();
  });

  test('createEndpoint: one that is still going is waited for', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.goneAtMs = stage.clock.now() + 60_000;

    await stage.activities.createEndpoint(inputOf(stage));

    expect(stage.faults.count('hosting.deleteEndpoint')).toBe(0);
    await expect(wait(stage)).resolves.toBeUndefined();
  });

  test('createEndpoint: a failed one of somebody else is not touched', async () => {
    const stage = await hosted();
    const theirs = { owner: FOREIGN, configName: name, instanceCount: 1, createdAtMs: 0, tags: {} };
    stage.world.endpoints.set(name, { ...theirs, status: 'Failed' });

    await expect(stage.activities.createEndpoint(inputOf(stage, true))).rejects.toMatchObject({
      type: 'ResourceNotOurs',
    });
    expect(stage.faults.count('hosting.deleteEndpoint')).toBe(0);
  });
});

describe('removeEndpoint', () => {
  test('removeEndpoint: it returns once the endpoint is gone, and heartbeats meanwhile', async () => {
    const stage = await serving();
    stage.world.endpointDeleteMs = 120_000;
    const startMs = stage.clock.now();

    await stage.activities.removeEndpoint(remove);

    expect(stage.clock.now() - startMs).toBeGreaterThanOrEqual(120_000);
    expect(stage.heartbeats).toContainEqual({ status: 'Deleting' });
  });

  test('removeEndpoint: one that is being made, which SageMaker refuses to delete, is deleted when it is made', async () => {
    const stage = await hosted();
    stage.world.endpointBootMs = 300_000;
    await stage.activities.createEndpoint(inputOf(stage));

    await stage.activities.removeEndpoint(remove);

    expect(stage.world.endpoints.size).toBe(0);
  });

  test('removeEndpoint: a refusal that waiting does not cure is told', async () => {
    const stage = await serving();
    stage.faults.failCall('hosting.deleteEndpoint', 1, new MigrationError('AwsRejected', 'ValidationException: no'));

    await expect(stage.activities.removeEndpoint(remove)).rejects.toMatchObject({ type: 'AwsRejected' });
  });

  test('removeEndpoint: its scaling goes first', async () => {
    const stage = await serving();
    await stage.activities.removeEndpoint(remove);

    const changes = stage.faults.calls.filter((call) => /remove|delete/.test(call));
    expect(changes).toEqual(['hosting.removeScaling', 'hosting.deleteEndpoint']);
  });

  test('removeEndpoint: what somebody made under the free name is theirs', async () => {
    const stage = await serving();
    stage.world.endpointDeleteMs = 10_000;
    const theirs = { owner: FOREIGN, configName: 'theirs', instanceCount: 1, createdAtMs: 0, tags: {} };
    stage.clock.at(stage.clock.now() + 10_000, () => stage.world.endpoints.set(name, theirs));

    await stage.activities.removeEndpoint(remove);

    expect(stage.world.endpoints.get(name)).toBe(theirs);
  });

  test('removeEndpoint: after 15 minutes it says what it still sees, to be tried again', async () => {
    const stage = await serving();
    stage.world.endpointDeleteMs = 3_600_000;

    await expect(stage.activities.removeEndpoint(remove)).rejects.toMatchObject({
      type: 'AwsUnavailable',
      nonRetryable: false,
      message: `endpoint ${name} is not gone after 15 minutes: it is Deleting`,
    });
  });
});

describe('waitEndpointInService', () => {
  async function creating(): Promise<Stage> {
    const stage = await hosted();
    stage.world.endpointBootMs = 240_000;
    await stage.activities.createEndpoint(inputOf(stage));
    return stage;
  }

  test('waitEndpointInService: it waits as long as the endpoint is made, ever more rarely, and heartbeats', async () => {
    const stage = await creating();
    const startMs = stage.clock.now();
    stage.faults.reset();

    await wait(stage);

    expect(stage.clock.now() - startMs).toBeGreaterThanOrEqual(240_000);
    expect(stage.clock.now() - startMs).toBeLessThan(270_000);
    expect(stage.faults.count('hosting.findEndpoint')).toBeLessThan(20);
    expect(stage.heartbeats).toContainEqual({ status: 'Creating', instanceCount: 0 });
  });

  test('waitEndpointInService: a look that AWS throttles does not end the wait', async () => {
    const stage = await creating();
    for (const nth of [1, 3, 4]) stage.faults.failCall('hosting.findEndpoint', nth, THROTTLED);

    await expect(wait(stage)).resolves.toBeUndefined();
  });

  test('waitEndpointInService: where AWS answers nothing for 15 minutes, that is what is told', async () => {
    const stage = await creating();
    stage.faults.failEvery('hosting.findEndpoint', THROTTLED);

    await expect(wait(stage)).rejects.toMatchObject({ type: 'AwsUnavailable', message: THROTTLED.message });
  });

  test('waitEndpointInService: a failed endpoint is told with SageMaker’s reason, and stays', async () => {
    const stage = await creating();
    stage.world.endpointFailure = 'The primary container did not pass the ping health check.';

    await expect(wait(stage)).rejects.toMatchObject({
      type: 'EndpointFailed',
      nonRetryable: true,
      message: expect.stringMatching(/^endpoint crossfade-ranker is Failed: The primary container did not pass.*retry/),
    });
    expect(stage.world.endpoints.has(name)).toBe(true);
  });

  test.each<EndpointStatus>(['RollingBack', 'UpdateRollbackFailed', 'OutOfService'])(
    'waitEndpointInService: %s ends the wait',
    async (status) => {
      const stage = await serving();
      stage.world.endpoints.get(name)!.status = status;

      await expect(wait(stage)).rejects.toMatchObject({
        type: 'EndpointFailed',
        message: expect.stringContaining(`is ${status}: SageMaker gives no reason`),
      });
    },
  );

  test('waitEndpointInService: in service on another configuration is a failure that names both', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.configName = 'crossfade-ranker-old';

    await expect(wait(stage)).rejects.toMatchObject({
      type: 'EndpointFailed',
      message: `endpoint ${name} serves the configuration crossfade-ranker-old, and ${name} was asked for`,
    });
  });

  test('waitEndpointInService: with an instance too few it waits, then says so, to be tried again', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.instanceCount = 1;

    await expect(wait(stage)).rejects.toMatchObject({
      type: 'TargetsNotHealthy',
      nonRetryable: false,
      message: `waiting for endpoint ${name}: after 15 minutes it is InService with 1 instances, 2 must be there`,
    });
  });

  test('waitEndpointInService: more instances than wanted will do', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.instanceCount = 3;

    await expect(wait(stage)).resolves.toBeUndefined();
  });

  test('waitEndpointInService: an endpoint that vanishes while it waits ends the wait', async () => {
    const stage = await creating();
    stage.clock.at(stage.clock.now() + 60_000, () => stage.world.endpoints.delete(name));

    await expect(wait(stage)).rejects.toMatchObject({ type: 'NotFound' });
  });

  test('waitEndpointInService: one that somebody deletes while it waits ends the wait', async () => {
    const stage = await serving();
    stage.world.endpoints.get(name)!.goneAtMs = stage.clock.now() + 3_600_000;

    await expect(wait(stage)).rejects.toMatchObject({ type: 'EndpointFailed' });
  });
});

test('putEndpointScaling: twice is once', async () => {
  const stage = await serving();
  const scaling = targetOf(stage).scaling!;
  await stage.activities.putEndpointScaling({ name, scaling });
  await stage.activities.putEndpointScaling({ name, scaling });

  expect(stage.world.endpoints.get(name)?.scaling).toBe('2-4 on gpu');
});
