import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { userClientConfig } from '../../lab/aws-env';
import { createSecretReader } from '../../src/adapters/secret-references';
import { eventually } from '../lab/eventually';
import { Moto } from '../support/moto';
import { notifier, NOTICE, Receiver } from './webhooks';
import { closeWires, openWire } from './wire';

/* SNS and Secrets Manager as moto serves them: it delivers what is published to those who subscribed over HTTP. */

let moto: Moto;
let receiver: Receiver;

beforeAll(async () => {
  moto = await Moto.start();
  receiver = await Receiver.open();
}, 60_000);

afterAll(async () => {
  await closeWires();
  await receiver.close();
  await moto.stop();
});

test('a topic: its subscribers get the text, the link and the ways to answer', async () => {
  const sns = new SNSClient(userClientConfig(moto.url));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'ops' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: receiver.url('/topic') }));
  const regions: (string | undefined)[] = [];
  const snsFor = (region: string | undefined): SNSClient => {
    regions.push(region);
    return sns;
  };
  await notifier({ snsFor, pageOf: () => 'http://ui/page' }).notify({ sns: TopicArn }, NOTICE);
  await eventually(async () => expect(receiver.seen.filter(({ url }) => url === '/topic')).not.toEqual([]));
  const published = JSON.parse(receiver.seen.find(({ url }) => url === '/topic')?.body ?? '{}') as Record<
    string,
    string
  >;

  expect(regions).toEqual(['us-east-1']);
  expect(published['Subject']).toBe('Crossfade: ranker gate');
  expect(published['Message']).toContain('http://ui/page');
  expect(published['Message']).toContain('crossfade approve ranker --gate g');
  expect(published['Message']).toContain('Send a Signal, approve, {"gate":"g","reason":"why"}');
});

test('a topic that is not there: NotFound, which no repetition cures', async () => {
  const sns = new SNSClient({ ...userClientConfig(moto.url), maxAttempts: 1 });
  await expect(
    notifier({ snsFor: () => sns }).notify({ sns: 'arn:aws:sns:us-east-1:123456789012:gone' }, NOTICE),
  ).rejects.toMatchObject({ code: 'NotFound' });
});

test.each([
  ['arn:aws:sns:us-east-1:123456789012:ops', {}],
  ['arn:aws:sns:us-east-1:123456789012:ops.fifo', { MessageDeduplicationId: 'event-1', MessageGroupId: 'ranker' }],
])('a topic, %s: what is published bears the ID of the event', async (topic, fifo) => {
  const wire = await openWire(() => ({ body: '<PublishResponse><PublishResult/></PublishResponse>' }));
  await notifier({ snsFor: () => new SNSClient(wire.client) }).notify({ sns: topic }, NOTICE);
  const { form = {} } = wire.seen[0] ?? {};
  const names = Object.entries(form).filter(([name]) => name.endsWith('.Name'));
  const attributes = names.map(([name, value]) => [value, form[name.replace(/Name$/, 'Value.StringValue')]]);
  const dedup = Object.entries(form).filter(
    ([name]) => name.startsWith('MessageDedup') || name.startsWith('MessageGroup'),
  );

  expect(Object.fromEntries(attributes)).toEqual({ id: 'event-1', event: 'gate', workload: 'ranker' });
  expect(Object.fromEntries(dedup)).toEqual(fifo);
});

test('a key in Secrets Manager: signs, and its name is all that the spec holds', async () => {
  const secrets = new SecretsManagerClient(userClientConfig(moto.url));
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'hook', SecretString: 'from-aws' }));
  const reader = createSecretReader({}, () => secrets);
  await notifier({ secrets: reader }).notify({ webhook: receiver.url('/signed'), signWith: ARN }, NOTICE);

  const delivery = receiver.seen.find(({ url }) => url === '/signed');
  expect(delivery?.headers['x-crossfade-signature']).toMatch(/^t=1767312000,v1=[0-9a-f]{64}$/);
  await expect(reader.read(`${ARN}x`)).rejects.toMatchObject({ code: 'NotFound' });
});
