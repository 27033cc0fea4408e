import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MigrationError } from '../../../src/domain/errors';
import { Stopped } from '../../../src/cli/init/prompter';
import type { Prompter } from '../../../src/cli/init/prompter';
import { parseSpec, readSpecFile } from '../../../src/spec';
import type { Ran } from '../support';
import { Terminal } from '../support';
import { scratchFiles } from '../scratch';
import { BLUE, FakeAccount, LISTENER_ARN, RULE_ARN, twoStacks } from './fake-account';

const write = scratchFiles();
const freshFile = (): string => join(dirname(write('other.txt', '')), 'ranker.yaml');

const END = ['--tap', 'http://tap:9091', '--ledger', 's3://example-ledger/migrations'];
const ALB = ['--road', 'alb', '--region', 'eu-west-1', '--rule', 'ranker.example.com', ...END];

interface Tried extends Ran {
  readonly file: string;
  readonly wasWritten: boolean;
}

async function init(
  flags: readonly string[],
  change: (account: FakeAccount) => void = () => undefined,
  prompter?: Prompter,
): Promise<Tried> {
  const terminal = new Terminal();
  const account = new FakeAccount();
  change(account);
  terminal.account = account;
  terminal.prompter = prompter;
  const file = freshFile();
  const ran = await terminal.run(['init', '--out', file, ...flags]);
  return { ...ran, file, wasWritten: existsSync(file) };
}

test('init: without a terminal, flags and what runs now make a valid spec', async () => {
  const { code, out, file } = await init(ALB);
  expect([code, out.split('\n')[0]]).toEqual([0, `${file}: written, and valid`]);
  expect(readSpecFile(file)).toEqual({
    apiVersion: 'crossfade/v1',
    workload: 'ranker',
    region: 'eu-west-1',
    source: {
      endpoint: 'http://shop.elb.amazonaws.com',
      host: 'ranker.example.com',
      metrics: { kind: 'cloudwatch' },
      owned: { autoScalingGroups: ['ranker-asg'] },
    },
    target: {
      ec2: {
        instanceType: 'g4dn.xlarge',
        imageId: 'ami-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-0123456789abcdef0'],
        instanceProfile: 'arn:aws:iam::123456789012:instance-profile/ranker',
        port: 8080,
        healthPath: '/healthz',
        min: 1,
        desired: 2,
        max: 6,
      },
    },
    router: {
      alb: {
        ruleArn: RULE_ARN,
        sourceTargetGroupArn: expect.stringContaining('targetgroup/ranker-source/') as string,
      },
    },
    shadow: { tap: 'http://tap:9091' },
    ledger: 's3://example-ledger/migrations',
  });
});

test('init: the default rule moves with its listener', async () => {
  const network = ['--instance-type', 'g5.xlarge', '--image', 'ami-0123456789abcdef0', '--health-path', '/health'];
  const place = ['--subnets', 'subnet-0123456789abcdef0', '--security-groups', 'sg-0123456789abcdef0'];
  const sizes = ['--min', '1', '--desired', '1', '--max', '2'];
  const flags = [
    '--road',
    'alb',
    '--region',
    'eu-west-1',
    '--rule',
    LISTENER_ARN,
    ...network,
    ...place,
    ...sizes,
    ...END,
  ];
  const { file } = await init(flags);
  expect(readSpecFile(file)).toMatchObject({
    workload: 'shop',
    router: { alb: { listenerArn: LISTENER_ARN } },
  });
});

const ON_ENDPOINT = ['--road', 'sagemaker', '--region', 'eu-west-1', '--endpoint', 'http://ranker.example.com'];

test('init: on an endpoint, proposes what its variant runs and says that it is to be changed', async () => {
  const { file } = await init([...ON_ENDPOINT, '--target-endpoint', 'http://target:8080', ...END]);
  expect(parseSpec(readSpecFile(file))).toMatchObject({ workload: 'ranker' });
  expect(readFileSync(file, 'utf8')).toContain('ranker:1 # what runs now: put in the new one');
});

const TO_HOSTING = ['--road', 'sagemaker-proxy', '--region', 'eu-west-1', '--rule', 'ranker.example.com'];
const IMAGE = ['--image', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1'];
const ROLE = ['--execution-role', 'arn:aws:iam::123456789012:role/ranker'];
const PROXY = ['--proxy-image', 'ami-0123456789abcdef0', '--proxy-container', 'crossfade:0.1.0'];

test('init: to an endpoint behind a load balancer, proxies stand where the source does', async () => {
  const { file, err } = await init([...TO_HOSTING, ...IMAGE, ...ROLE, ...PROXY, ...END]);
  expect(err).toBe('');
  expect(readSpecFile(file)).toMatchObject({
    target: {
      sagemaker: {
        instanceType: 'ml.g4dn.xlarge',
        instanceCount: 2,
        proxy: { instanceType: 'c7i.large', subnetIds: ['subnet-0123456789abcdef0'] },
      },
    },
  });
});

const RECORDS = ['--road', 'route53', '--region', 'eu-west-1', ...END];

test('init: with records, each stack is counted at the load balancer that its record is an alias of', async () => {
  const { file, err } = await init(RECORDS, twoStacks);
  expect(err).toBe('');
  expect(readSpecFile(file)).toMatchObject({
    source: {
      endpoint: 'http://blue.elb.amazonaws.com',
      host: 'ranker.example.com',
      metrics: { loadBalancers: { target: { loadBalancerArn: expect.stringContaining('/green/') as string } } },
    },
    target: { existing: { endpoint: 'http://green.elb.amazonaws.com', healthPath: '/healthz' } },
    router: { route53: { sourceIdentifier: 'blue', targetIdentifier: 'green' } },
  });
});

test.each<[string, readonly string[], (account: FakeAccount) => void, string]>([
  ['no region', ['--road', 'alb'], () => undefined, '--region is needed: in which region'],
  ['a wrong region', ['--region', 'mars'], () => undefined, '--region mars: must be an AWS region'],
  ['no road', ['--region', 'eu-west-1'], () => undefined, '--road is needed'],
  ['an unknown road', ['--region', 'eu-west-1', '--road', 'sea'], () => undefined, '--road sea: must be one of'],
  [
    'no load balancer',
    ALB,
    (account) => void (account.balancers = []),
    'there is no Application Load Balancer in eu-west-1',
  ],
  ['another load balancer', [...ALB, '--load-balancer', 'b'], () => undefined, '--load-balancer b: must be one of'],
  [
    'several rules',
    [...ALB.slice(0, 4), ...END],
    () => undefined,
    'rule 10 ranker.example.com → ranker-source, 1 of 1 healthy',
  ],
  [
    'a host of several rules',
    ALB,
    ({ listenersOf: [listener] }) => {
      const [rule] = listener?.rules ?? [];
      if (listener !== undefined && rule !== undefined)
        Object.assign(listener, { rules: [rule, { ...rule, arn: `${rule.arn}2`, priority: '20' }] });
    },
    '--rule ranker.example.com: fits several, and must be one of',
  ],
  ['no instance', ALB, (account) => void (account.machines = []), '--instance-type is needed'],
  [
    'no group and no instance',
    ALB,
    (account) => void ((account.scaling = []), (account.machines = [])),
    '--source-group what serves today',
  ],
  ['no tap', ALB.slice(0, 6), () => undefined, '--tap is needed'],
  ['a wrong ledger', [...ALB, '--ledger', 'nfs://x'], () => undefined, '--ledger nfs://x: nfs://'],
  ['a wrong number', [...ALB, '--port', 'many'], () => undefined, '--port many: '],
  [
    'what does not fit together',
    [...ALB, '--min', '5'],
    () => undefined,
    'target.ec2.min: must not be above desired (2) (got 5) (--min)',
  ],
  [
    'one record',
    RECORDS,
    (account) => void (account.records = [BLUE]),
    'there is no name in example.com with a weighted record each',
  ],
  [
    'an endpoint without weight',
    ON_ENDPOINT,
    (account) => void (account.hostedVariants = []),
    'there is no variant of ranker-live with weight',
  ],
  [
    'a selector that is none',
    [...ALB, '--prometheus', 'http://prometheus:9090', '--source-selector', 'job=ranker'],
    () => undefined,
    '--source-selector job=ranker: must be labels',
  ],
])('init: %s is an error that names what would help, and nothing is written', async (_fact, flags, change, words) => {
  const { code, err, wasWritten } = await init(flags, change);
  expect([code, wasWritten]).toEqual([64, false]);
  expect(err).toContain(words);
});

test('init: what the account refuses is told by its action', async () => {
  const denied = new MigrationError('AwsDenied', 'not allowed to elasticloadbalancing:DescribeLoadBalancers');
  const { code, err, wasWritten } = await init(ALB, (account) => {
    account.loadBalancers = () => Promise.reject(denied);
  });
  expect([code, wasWritten]).toEqual([1, false]);
  expect(err).toBe('AwsDenied: not allowed to elasticloadbalancing:DescribeLoadBalancers\n');
});

test('init: a file that is there stays, unless --force says otherwise', async () => {
  const terminal = new Terminal();
  terminal.account = new FakeAccount();
  const file = write('mine.yaml', 'mine');
  expect((await terminal.run(['init', '--out', file, ...ALB])).err).toContain('is there already; --force');
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect((await terminal.run(['init', '--force', '--out', file, ...ALB])).code).toBe(0);
  expect(parseSpec(readSpecFile(file)).workload).toBe('ranker');
});

/** Chooses the first, takes what is proposed, and says the same where nothing is. */
function agreeable(asked: string[], stopAt?: string): Prompter {
  return {
    async choose(question, choices) {
      asked.push(question);
      return choices[0]?.value ?? '';
    },
    async ask(question, proposal, check) {
      asked.push(question);
      if (stopAt !== undefined && question.includes(stopAt)) throw new Stopped();
      const answer = proposal ?? ['eu-west-1', 'http://tap:9091', 's3://example-ledger'].find((one) => !check(one));
      return answer ?? '';
    },
  };
}

test('init: a person is asked what nobody can know, and to confirm what matters', async () => {
  const asked: string[] = [];
  const { code, wasWritten } = await init([], undefined, agreeable(asked));
  expect([code, wasWritten]).toEqual([0, true]);
  expect(asked.map((question) => question.split(/[?(]/)[0]?.trim())).toEqual([
    'in which region does it run',
    'which road is yours',
    "which rule carries the workload's traffic",
    'where do users reach the workload today',
    'which instance type shall the target have',
    'which AMI shall the target have',
    'what is the name of the workload',
    'where is the tap in front of the source',
    'where do evidence and decisions of ranker go',
  ]);
});

test('init: Ctrl-C at the last question leaves no file', async () => {
  const { code, err, wasWritten } = await init([], undefined, agreeable([], 'evidence and decisions'));
  expect([code, err, wasWritten]).toEqual([1, 'Failed: stopped: nothing was written\n', false]);
});

test('init: --json says where the spec is, and what it holds', async () => {
  const { out, file } = await init([...ALB, '--json']);
  expect(JSON.parse(out)).toMatchObject({ file, spec: { workload: 'ranker' } });
});
