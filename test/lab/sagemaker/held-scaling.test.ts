/** What takes instances of the source's variant away is held, and released as it was, against the lab's SageMaker. */
import { AddTagsCommand, ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { SageMakerHosting } from '../../../src/adapters/sagemaker-hosting';
import { LocalGateway, variant } from './local-gateway';

const gateway = new LocalGateway();
const KEY = 'crossfade:scaling-held:primary';
const RUNNING = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};
const HELD = { ...RUNNING, DynamicScalingInSuspended: true, ScheduledScalingSuspended: true };

beforeAll(() => gateway.start());
afterEach(() => gateway.sageMaker.setDelays({ systemUpdatingMs: 100 }));
afterAll(() => gateway.stop());

const hosting = (): SageMakerHosting => new SageMakerHosting(gateway.client, gateway.scaling, gateway.quotas);

async function tagOf(endpointName: string): Promise<string | undefined> {
  const { EndpointArn } = await gateway.describe(endpointName);
  const { Tags = [] } = await gateway.client.send(new ListTagsCommand({ ResourceArn: EndpointArn }));
  return Tags.find(({ Key }) => Key === KEY)?.Value;
}

test('scaling that is held: may grow and not shrink, is noted on the endpoint, and comes back as it was; twice is once', async () => {
  await gateway.deploy('held', [variant('primary')]);
  await gateway.scale('held', 'primary');
  await hosting().holdScaling('held', 'primary');
  await hosting().holdScaling('held', 'primary');
  expect(await gateway.suspended('held', 'primary')).toEqual(HELD);
  expect(await tagOf('held')).toBe('in+scheduled');

  await hosting().releaseScaling('held', 'primary');
  await hosting().releaseScaling('held', 'primary');
  expect(await gateway.suspended('held', 'primary')).toEqual(RUNNING);
  expect(await tagOf('held')).toBeUndefined();
});

test('scaling that is held: what its owner had suspended stays suspended', async () => {
  await gateway.deploy('partly', [variant('primary')]);
  await gateway.scale('partly', 'primary', { ScheduledScalingSuspended: true });
  await hosting().holdScaling('partly', 'primary');
  expect(await gateway.suspended('partly', 'primary')).toEqual(HELD);
  await hosting().releaseScaling('partly', 'primary');
  expect(await gateway.suspended('partly', 'primary')).toEqual({ ...RUNNING, ScheduledScalingSuspended: true });
});

test('scaling that is held: a variant that nothing scales is left alone', async () => {
  await gateway.deploy('unscaled', [variant('primary')]);
  await hosting().holdScaling('unscaled', 'primary');
  expect(await tagOf('unscaled')).toBeUndefined();
  await hosting().releaseScaling('unscaled', 'primary');
});

test('scaling that is held: of a variant that is gone, the note goes; an endpoint that is gone is accepted at the end', async () => {
  await gateway.deploy('retired', [variant('primary')]);
  await gateway.scale('retired', 'primary');
  await hosting().holdScaling('retired', 'primary');
  await hosting().removeScaling('retired', 'primary');
  await hosting().releaseScaling('retired', 'primary');
  expect(await tagOf('retired')).toBeUndefined();
  await hosting().releaseScaling('never', 'primary');
  await expect(hosting().holdScaling('never', 'primary')).rejects.toMatchObject({ code: 'NotFound' });
});

test('scaling that is held: a refusal while the endpoint changes is one for the time being, and the note stands', async () => {
  await gateway.deploy('patching', [variant('primary')]);
  await gateway.scale('patching', 'primary');
  gateway.sageMaker.setDelays({ systemUpdatingMs: 1_000 });
  gateway.sageMaker.fault({ kind: 'system_update', endpoint: 'patching' });
  await expect(hosting().holdScaling('patching', 'primary')).rejects.toMatchObject({ code: 'AwsUnavailable' });
  expect(await tagOf('patching')).toBe('in+scheduled');
  await gateway.reaches('patching', 'InService');
  await hosting().holdScaling('patching', 'primary');
  expect(await gateway.suspended('patching', 'primary')).toEqual(HELD);
});

test('scaling that is held: a note that is not ours is refused by its key and its words', async () => {
  await gateway.deploy('odd', [variant('primary')]);
  const { EndpointArn } = await gateway.describe('odd');
  await gateway.client.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags: [{ Key: KEY, Value: 'in+theirs' }] }));
  await expect(hosting().releaseScaling('odd', 'primary')).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringContaining(`the tag ${KEY} of ${EndpointArn} has 'theirs'`),
  });
});
