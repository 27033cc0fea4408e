import { EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { _InstanceType } from '@aws-sdk/client-ec2';
import { userClientConfig } from '../../lab/aws-env';
import { LabAccount } from '../../lab/daemon/account';
import { openAccount } from '../../src/adapters/account';
import { parseInventory, parseSpecText } from '../../src/spec';
import { Moto } from '../support/moto';
import type { Ran } from './support';
import { Terminal } from './support';

/* Hosts as moto's EC2 tells them: instances, their tags, and what their types have. */

jest.setTimeout(60_000);

let moto: Moto;
let ec2: EC2Client;
let imageId: string;

beforeAll(async () => {
  moto = await Moto.start();
  ec2 = new EC2Client(userClientConfig(moto.url));
  ({ imageId } = await new LabAccount(moto.url).network());
  await launch('g4dn.12xlarge', { workload: 'Ranker EU', stage: 'production' }, 2);
  await launch('c6i.4xlarge', { workload: 'features', stage: 'production' });
  await launch('c6i.xlarge', { workload: 'features', stage: 'test' });
  await launch('c6i.xlarge', { Name: 'bastion' });
  const gone = await launch('c6i.xlarge', { workload: 'gone' });
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: gone }));
});

afterAll(async () => {
  ec2?.destroy();
  await moto?.stop();
});

async function launch(type: string, tags: Record<string, string>, count = 1): Promise<string[]> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const made = await ec2.send(
    new RunInstancesCommand({
      ImageId: imageId,
      InstanceType: type as _InstanceType,
      MinCount: count,
      MaxCount: count,
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    }),
  );
  return (made.Instances ?? []).map(({ InstanceId = '' }) => InstanceId);
}

function assess(...args: string[]): Promise<Ran> {
  const terminal = new Terminal();
  terminal.account = openAccount(userClientConfig(moto.url));
  return terminal.run(['assess', ...args]);
}

test('assess --from-aws: every value of the tag is a workload, with what EC2 says of its machines, and the draft validates', async () => {
  const { code, out, err } = await assess('--from-aws', 'us-east-1', '--tag', 'workload');
  const { workloads } = parseInventory(parseSpecText(out, 'draft'));

  expect({ code, err }).toEqual({ code: 0, err: '1 of 5 instances have no tag workload, and are left out\n' });
  expect(workloads).toMatchObject([
    { name: 'ranker-eu', compute: { instances: 2, gpu: 'T4', gpuCount: 4, vcpus: 48 } },
    { name: 'features', compute: { instances: 2, vcpus: 16 } },
  ]);
});

test('assess --from-aws --only: instances that bear the other tags, too', async () => {
  const { out } = await assess('--from-aws', 'us-east-1', '--tag', 'workload', '--only', 'stage=test');

  expect(parseInventory(parseSpecText(out, 'draft')).workloads).toMatchObject([
    { name: 'features', compute: { instances: 1, vcpus: 4 } },
  ]);
});

test.each([
  [
    'a tag that nobody has',
    ['--tag', 'wrkload'],
    /^.*--from-aws us-east-1: of 5 instance\(s\) none has the tag wrkload; they have Name, stage, workload$/m,
  ],
  [
    'nothing that runs with the tags',
    ['--tag', 'workload', '--only', 'stage=production', '--only', 'workload=gone'],
    /--from-aws us-east-1: no instance runs there with stage=production and workload=gone/,
  ],
  ['no tag', [], /--from-aws us-east-1: needs --tag KEY/],
  ['a tag without a value', ['--tag', 'workload', '--only', 'stage'], /--only stage: must be KEY=VALUE/],
])('assess --from-aws: %s is one usage error', async (_fact, args, words) => {
  expect(await assess('--from-aws', 'us-east-1', ...args)).toMatchObject({
    code: 64,
    out: '',
    err: expect.stringMatching(words),
  });
});

test.each([
  ['a region that is none', ['--from-aws', 'Ireland', '--tag', 'workload'], /--from-aws Ireland: must be a region/],
  ['a tag beside another place', ['--from-csv', 'x.csv', '--tag', 'workload'], /--tag: goes with --from-aws alone/],
  ['two places', ['--from-csv', 'x.csv', '--from-aws', 'eu-west-1'], /needs exactly one of/],
])('assess: %s is a usage error', async (_fact, args, words) => {
  expect(await assess(...args)).toMatchObject({ code: 64, err: expect.stringMatching(words) });
});

describe('without credentials', () => {
  const NOBODY = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const before = { ...process.env };
  beforeAll(() => {
    for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) delete process.env[name];
    Object.assign(process.env, NOBODY);
  });
  afterAll(() => {
    for (const name of Object.keys(NOBODY)) delete process.env[name];
    Object.assign(process.env, before);
  });

  test('assess --from-aws: says that there are none', async () => {
    const { code, err } = await new Terminal().run('assess --from-aws eu-west-1 --tag workload');
    expect({ code, err }).toEqual({
      code: 64,
      err: expect.stringContaining('--from-aws eu-west-1: there are no AWS credentials; AWS_PROFILE names') as string,
    });
  });
});
