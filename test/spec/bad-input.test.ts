import { specProblems } from '../../src/spec';
import { completeDocument, withValue } from './support';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:ops';

const RULE =
  'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/ranker/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee';
const UNSUPPORTED = /is not supported by this version/;

/** Where a value is set, the value (undefined: left out), the path of the problem, and words that it must have. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  ['an unknown version', 'apiVersion', 'crossfade/v2', 'apiVersion', /must be crossfade\/v1 \(got "crossfade\/v2"\)/],
  ['a missing key', 'region', undefined, 'region', /is required/],
  ['a wrong type', 'target.ec2.port', '8080', 'target.ec2.port', /must be a number \(got "8080"\)/],
  ['a fraction for a whole number', 'target.ec2.min', 1.5, 'target.ec2.min', /must be a whole number/],
  ['NaN', 'guardrails.errorRateMax', NaN, 'guardrails.errorRateMax', /must be a number \(got NaN\)/],
  [
    'an infinite number',
    'shadow.equivalence.absoluteTolerance',
    Infinity,
    'shadow.equivalence.absoluteTolerance',
    /must be a number/,
  ],
  ['an unknown key at the top', 'ledgr', 's3://bucket', 'ledgr', /unknown key; did you mean ledger\?/],
  [
    'an unknown key deep inside',
    'cutover.approvals.beforFirst',
    true,
    'cutover.approvals.beforFirst',
    /did you mean beforeFirst\?/,
  ],
  [
    'a key like no other',
    'shadow.colour',
    'red',
    'shadow.colour',
    /unknown key; known here: tap, variant, startPercent/,
  ],
  ['a workload in capitals', 'workload', 'Ranker', 'workload', /must be a DNS label/],
  ['a workload that ends with a hyphen', 'workload', 'ranker-', 'workload', /must be a DNS label/],
  ['a workload one too long', 'workload', 'a'.repeat(23), 'workload', /at most 22 character/],
  ['a region that is none', 'region', 'Ireland', 'region', /must be an AWS region/],
  ['an endpoint that is no URL', 'source.endpoint', 'ranker:8080', 'source.endpoint', /must be an http or https URL/],
  [
    'a password in an endpoint',
    'source.endpoint',
    'http://me:secret@ranker',
    'source.endpoint',
    /must not hold a user name or password \(got "http:\/\/…@ranker"\)/,
  ],
  ['a query in an endpoint', 'source.endpoint', 'http://ranker?a=1', 'source.endpoint', /must not have a query/],
  [
    'a period that CloudWatch refuses',
    'source.metrics.period',
    '90s',
    'source.metrics.period',
    /multiple of 60s \(got "90s"\)/,
  ],
  ['a period of part of a second', 'source.metrics.period', '500ms', 'source.metrics.period', /must be whole seconds/],
  [
    'a statistic that is none',
    'source.metrics.queries.0.stat',
    'Median',
    'source.metrics.queries[0].stat',
    /or a percentile such as p99/,
  ],
  [
    'a duration without unit',
    'cutover.stabilization',
    20,
    'cutover.stabilization',
    /must be a duration such as .*\(got 20\)/,
  ],
  ['a duration in words', 'baseline.window', 'a week', 'baseline.window', /must be a duration such as/],
  ['a hold of zero in shadow', 'shadow.hold', '0s', 'shadow.hold', /must be longer than zero \(got "0s"\)/],
  ['a first hold of zero', 'shadow.firstHold', '0h', 'shadow.firstHold', /must be longer than zero/],
  ['a stabilization of zero', 'cutover.stabilization', '0d', 'cutover.stabilization', /must be longer than zero/],
  ['a standby of zero', 'decommission.standby', '0s', 'decommission.standby', /must be longer than zero/],
  [
    'a step that ends before its split is judged',
    'cutover.stabilization',
    '60s',
    'cutover.stabilization',
    /splitSettle/,
  ],
  ['a blind hold of zero', 'guardrails.blindHold', '0s', 'guardrails.blindHold', /must be longer than zero/],
  ['a window longer than a year', 'baseline.window', '367d', 'baseline.window', /must not be longer than a year/],
  ['a check more often than every second', 'checkEvery', '999ms', 'checkEvery', /must be at least 1s/],
  [
    'weights that fall',
    'cutover.weights',
    [10, 50, 25, 100],
    'cutover.weights[2]',
    /must be above the one before it \(50\) \(got 25\)/,
  ],
  [
    'a weight that stands twice',
    'cutover.weights',
    [10, 10, 100],
    'cutover.weights[1]',
    /must be above the one before it \(10\)/,
  ],
  ['weights that end below 100', 'cutover.weights', [10, 99], 'cutover.weights', /must end at 100 \(got \[10,99\]\)/],
  ['a weight of 0', 'cutover.weights', [0, 100], 'cutover.weights[0]', /must be at least 1 \(got 0\)/],
  ['a weight above 100', 'cutover.weights', [50, 101], 'cutover.weights[1]', /must be at most 100/],
  ['a broken weight', 'cutover.weights', [12.5, 100], 'cutover.weights[0]', /must be a whole number/],
  ['no weights', 'cutover.weights', [], 'cutover.weights', /at least 1 entry/],
  [
    'a start above the maximum',
    'shadow.startPercent',
    51,
    'shadow.startPercent',
    /must not be above maxPercent \(50\) \(got 51\)/,
  ],
  ['a header to sample by that is none', 'shadow.sampleBy', { header: 'x y' }, 'shadow.sampleBy.header', /header name/],
  ['a label from many places', 'shadow.segmentBy', { path: '$.a[*]' }, 'shadow.segmentBy.path', /must not hold a \*/],
  ['a label from nowhere', 'shadow.segmentBy', {}, 'shadow.segmentBy', /must hold either header or path/],
  ['a path to hide that is none', 'shadow.redact', { paths: ['user'] }, 'shadow.redact.paths[0]', /must be a path/],
  ['more noise than copies', 'shadow.noisePercent', 101, 'shadow.noisePercent', /must be at most 100/],
  ['a request that is never safe to repeat', 'shadow.noiseMethods', ['DELETE'], 'shadow.noiseMethods[0]', /must be/],
  ['a step of zero', 'shadow.stepPercent', 0, 'shadow.stepPercent', /must be at least 1/],
  ['min above desired', 'target.ec2.min', 5, 'target.ec2.min', /must not be above desired \(4\)/],
  ['desired above max', 'target.ec2.desired', 21, 'target.ec2.desired', /must not be above max \(20\)/],
  ['scaling on CPU', 'target.ec2.scaleOn.metric', 'CPUUtilization', 'target.ec2.scaleOn.metric', /must not be CPU/],
  [
    'the same grace twice',
    'target.ec2.healthCheckGraceSeconds',
    60,
    'target.ec2.healthCheckGraceSeconds',
    /exactly one of them/,
  ],
  ['no subnet', 'target.ec2.subnetIds', [], 'target.ec2.subnetIds', /at least 1 entry/],
  [
    'a subnet that is none',
    'target.ec2.subnetIds',
    ['sg-01234567'],
    'target.ec2.subnetIds[0]',
    /must be an ID such as subnet-/,
  ],
  [
    'user data above the limit',
    'target.ec2.userData',
    'x'.repeat(16_385),
    'target.ec2.userData',
    /must not be longer than 16384 bytes/,
  ],
  [
    'both a rule and a listener',
    'router.alb.ruleArn',
    RULE,
    'router.alb',
    /needs exactly one of ruleArn and listenerArn/,
  ],
  [
    'neither a rule nor a listener',
    'router.alb.listenerArn',
    undefined,
    'router.alb',
    /needs exactly one of ruleArn and listenerArn/,
  ],
  [
    'a rule ARN in the place of a listener',
    'router.alb.listenerArn',
    RULE,
    'router.alb.listenerArn',
    /must be the ARN of an Application Load Balancer's listener/,
  ],
  [
    'a target group that is no ARN',
    'router.alb.sourceTargetGroupArn',
    'ranker',
    'router.alb.sourceTargetGroupArn',
    /must be the ARN of a target group/,
  ],
  [
    'a target group of another region',
    'region',
    'eu-west-2',
    'router.alb.sourceTargetGroupArn',
    /must be in the region of the spec \(eu-west-2\)/,
  ],
  ['data from a place that is no S3 URL', 'data.0.from', '/mnt/model', 'data[0].from', /must be s3:\/\/bucket/],
  [
    'data to where it comes from',
    'data.0.to',
    's3://example-models/ranker',
    'data[0].to',
    /must be in another bucket than from/,
  ],
  [
    "data into the ledger's bucket",
    'data.0.to',
    's3://example-crossfade-ledger/x',
    'data[0].to',
    /must not be in the ledger's bucket/,
  ],
  [
    'lifecycle below the minimum of S3',
    'data.0.infrequentAccessAfterDays',
    29,
    'data[0].infrequentAccessAfterDays',
    /must be at least 30/,
  ],
  [
    "the target's own group among the owned",
    'source.owned.autoScalingGroups',
    ['crossfade-ranker'],
    'source.owned.autoScalingGroups[0]',
    /is the target's own group/,
  ],
  [
    'an instance that is owned twice',
    'source.owned.instances',
    ['i-01234567', 'i-01234567'],
    'source.owned.instances[1]',
    /is there twice/,
  ],
  [
    'a path without slash',
    'smoke.requests.0.path',
    'v1',
    'smoke.requests[0].path',
    /must be a path that starts with \//,
  ],
  ['a GET with a body', 'smoke.requests.1.body', {}, 'smoke.requests[1].body', /a GET has no body/],
  [
    'an error limit that nothing can pass',
    'guardrails.errorRateMax',
    1,
    'guardrails.errorRateMax',
    /must be less than 1/,
  ],
  ['a coverage of nothing', 'guardrails.coverageMin', 0, 'guardrails.coverageMin', /must be more than 0/],
  [
    'an approval that is neither',
    'decommission.approval',
    'maybe',
    'decommission.approval',
    /must be required or not_required/,
  ],
  [
    "a tag of AWS's own",
    'decommission.costTags',
    { 'aws:team': 'x' },
    'decommission.costTags.aws:team',
    /must not start with aws:/,
  ],
  ['a notice to nobody', 'notify', [{}], 'notify[0]', /needs exactly one of sns, slack and webhook/],
  ['a notice to two at once', 'notify', [{ sns: TOPIC, webhook: 'https://h/' }], 'notify[0]', /needs exactly one of/],
  [
    'a key in the spec',
    'notify',
    [{ webhook: 'https://h/', signWith: 'hunter2' }],
    'notify[0].signWith',
    /must be env:/,
  ],
  ['a foreign variable', 'notify', [{ slack: 'env:AWS_SECRET_ACCESS_KEY' }], 'notify[0].slack', /CROSSFADE_NOTIFY_/],
  [
    'a key for nothing',
    'notify',
    [{ sns: TOPIC, signWith: 'env:CROSSFADE_NOTIFY_K' }],
    'notify[0].signWith',
    /none here/,
  ],
  ['a topic that is no ARN', 'notify', [{ sns: 'topic' }], 'notify[0].sns', /must be the ARN of an SNS topic/],
  ['a ledger that is no S3 URL', 'ledger', 'https://bucket', 'ledger', /must be s3:\/\/bucket/],
  [
    'an excess of errors that matters and is allowed',
    'guardrails.errorRateDetect',
    0.001,
    'guardrails.errorRateDetect',
    /must be above guardrails.errorRateMargin \(0.001\)/,
  ],
  [
    'differing outputs that matter and are allowed',
    'guardrails.mismatchRateDetect',
    0.0005,
    'guardrails.mismatchRateDetect',
    /must be above shadow.equivalence.mismatchRateMax \(0.001\)/,
  ],
  [
    'a ratio of latencies that matters and is allowed',
    'guardrails.latency',
    [{ quantile: 'p99', ratioMax: 1.5 }],
    'guardrails.latency[0].ratioDetect',
    /must be above guardrails.latency\[0\].ratioMax \(1.5\)/,
  ],
  [
    'a quantile in another notation',
    'guardrails.latency',
    [{ quantile: '0.99' }],
    'guardrails.latency[0].quantile',
    /must be a quantile such as p50, p99 or p99.9/,
  ],
  [
    'a quantile that stands twice',
    'guardrails.latency',
    [{ quantile: 'p99' }, { quantile: 'p99' }],
    'guardrails.latency[1].quantile',
    /is there twice/,
  ],
  ['no quantile at all', 'guardrails.latency', [], 'guardrails.latency', /must/],
  [
    'a certainty that nothing can reach',
    'guardrails.passConfidence',
    1,
    'guardrails.passConfidence',
    /must be less than 1/,
  ],
  [
    'no chance of a false rollback',
    'guardrails.falseRollbackRate',
    0,
    'guardrails.falseRollbackRate',
    /must be more than 0/,
  ],
  [
    'a baseline that CloudWatch has forgotten',
    'baseline.window',
    '16d',
    'baseline.window',
    /longer than CloudWatch keeps/,
  ],
  ['an adoption that is neither', 'adopt', 'yes', 'adopt', /must be true or false/],
  ['Datadog', 'source.metrics.kind', 'datadog', 'source.metrics.kind', UNSUPPORTED],
  [
    'a PromQL expression without the length of a window',
    'source.metrics',
    {
      kind: 'prometheus',
      url: 'http://prometheus:9090',
      source: { requests: 'sum(rate(x[5m]))', errors: 'x[$window]', latency: 'x[$window]' },
      target: { requests: 'x[$window]', errors: 'x[$window]', latency: 'x[$window]' },
    },
    'source.metrics.source.requests',
    /must contain \$window/,
  ],
  ['a source in another account', 'source.aws', { roleArn: 'x' }, 'source.aws', UNSUPPORTED],
  ['a guardrail of tomorrow', 'guardrails.driftMax', 1, 'guardrails.driftMax', UNSUPPORTED],
  ['Transfer Acceleration', 'data.0.method', 'transfer-acceleration', 'data[0].method', UNSUPPORTED],
  ['data from NFS', 'data.0.from', 'nfs://filer/models', 'data[0].from', UNSUPPORTED],
  ['a lifecycle of its own', 'data.0.lifecycle', {}, 'data[0].lifecycle', UNSUPPORTED],
  ['training', 'kind', 'training', 'kind', UNSUPPORTED],
  [
    'an owned endpoint that is not the route',
    'source.owned.endpoints',
    ['ranker'],
    'source.owned.endpoints[0]',
    /must be router.sagemaker.endpointName/,
  ],
];

test.each(CASES)('spec: %s is refused', (_fact, at, value, path, words) => {
  const problems = specProblems(withValue(completeDocument(), at, value));
  expect(problems).toContainEqual({ path, problem: expect.stringMatching(words) });
});

test.each([null, undefined, 7, 'text', []])('spec: %p is refused as a whole', (document) => {
  expect(specProblems(document)).toEqual([
    { path: 'spec', problem: expect.stringMatching(/is required|must be an object/) },
  ]);
});

test('spec: two data sets of one name are refused', () => {
  const document = completeDocument();
  document['data'] = [
    { name: 'a', from: 's3://from', to: 's3://bucket-a' },
    { name: 'a', from: 's3://from', to: 's3://bucket-b' },
  ];
  expect(specProblems(document)).toEqual([
    { path: 'data[1].name', problem: 'is there twice (first at [0]) (got "a")' },
  ]);
});

test('spec: two data sets that overlap at the target are refused', () => {
  const document = completeDocument();
  document['data'] = [
    { name: 'a', from: 's3://from', to: 's3://bucket/models' },
    { name: 'b', from: 's3://from', to: 's3://bucket/models/new' },
    { name: 'c', from: 's3://from', to: 's3://bucket/models-new' },
  ];
  expect(specProblems(document)).toEqual([
    { path: 'data[1].to', problem: 'must not overlap data[0].to (got "s3://bucket/models/new")' },
  ]);
});
