import { join } from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { userClientConfig } from '../../lab/aws-env';
import { minimalDocument } from '../spec/support';
import { Moto } from '../support/moto';
import { BRIEF, writeMigration } from '../support/written-ledger';
import { MINIMAL, Terminal } from './support';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const HOURS = 14 * 24;
const SAGEMAKER = join(__dirname, '../../examples/sagemaker-proxy.yaml');
const BEFORE = process.env;

let moto: Moto;

beforeAll(async () => {
  moto = await Moto.start();
  process.env = { ...BEFORE, AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const client = new CloudWatchClient({ ...userClientConfig(moto.url), region: 'eu-west-1' });
  const Dimensions = [{ Name: 'AutoScalingGroupName', Value: 'crossfade-ranker' }];
  const starts = Array.from({ length: HOURS }, (_, index) => new Date(NOW_MS - (index + 1) * HOUR_MS));
  const series = (MetricName: string, Value: number): MetricDatum[] =>
    starts.map((Timestamp) => ({ MetricName, Dimensions, Timestamp, Value }));
  const put = (Namespace: string, MetricData: MetricDatum[]): Promise<unknown> =>
    client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  await put('AWS/AutoScaling', series('GroupInServiceInstances', 10));
  await put('CWAgent', series('nvidia_smi_utilization_gpu', 14));
  client.destroy();
}, 60_000);

afterAll(async () => {
  process.env = BEFORE;
  await moto?.stop();
});

function terminal(): Terminal {
  const made = new Terminal();
  made.nowMs = NOW_MS;
  made.ledger.records = writeMigration(BRIEF).records;
  return made;
}

test('optimise: advice with its saving, formula and sources, and what is not advised with the reason', async () => {
  const { code, out } = await terminal().run(['optimise', '--spec', MINIMAL]);
  expect(code).toBe(0);
  for (const part of [
    /right-sizing +\d+ × \S+ instead of 10 × /,
    'saves a month  USD ',
    'CloudWatch CWAgent nvidia_smi_utilization_gpu, Average an hour',
    'not advised',
    /autoscaling +the number of requests is known of \d+ hour/,
    /Compute Savings Plan of USD [\d.]+\/h for one year/,
  ])
    expect(out).toEqual(expect.stringMatching(part));
});

test('optimise WORKLOAD: takes the newest spec that Temporal knows', async () => {
  const made = terminal();
  made.session.document = minimalDocument();
  const { code, out } = await made.run('optimise ranker --json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    workload: 'ranker',
    advice: [{ kind: 'right-sizing' }, { kind: 'savings-plan' }],
  });
});

test('optimise --costs: nothing that bears the tag is told as such, not as nothing paid', async () => {
  const { out } = await terminal().run(['optimise', '--spec', MINIMAL, '--costs']);
  expect(out).toMatch(/paid a month +not known: nothing bears the tag crossfade:workload/);
});

test('optimise: a target of which nothing is known gets no advice, exit 0', async () => {
  const { code, out } = await terminal().run(['optimise', '--spec', SAGEMAKER]);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('nothing is advised') });
});

test('optimise: AWS that does not answer is told, and nothing is advised from it', async () => {
  const url = process.env['AWS_ENDPOINT_URL'];
  process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
  const { code, out } = await terminal().run(['optimise', '--spec', MINIMAL, '--costs']);
  process.env['AWS_ENDPOINT_URL'] = url;
  expect(code).toBe(0);
  expect(out).toMatch(/not read +CloudWatch: .*ECONNREFUSED/);
  expect(out).toMatch(/not read +Cost Explorer: .*ECONNREFUSED/);
  expect(out).toContain('nothing is advised');
});

test.each([
  [['optimise'], /exactly one of a workload and --spec/],
  [['optimise', 'ranker', '--spec', MINIMAL], /exactly one of a workload and --spec/],
  [['optimise', '--spec', MINIMAL, '--days', '456'], /--days 456: must be a number from 1 to 455/],
  [['optimise', '--spec', MINIMAL, '--plan-share', '1'], /--plan-share 1: must be a number from 0 to 0.9/],
])('optimise: %j is refused', async (command, words) => {
  expect(await terminal().run(command)).toMatchObject({ code: 64, err: expect.stringMatching(words) });
});
