/** The reads on which a migration's steps hang, and a way to refuse each in the attempt of the activity that makes it. */
import { Context } from '@temporalio/activity';
import type { Activities } from '../../src/contracts/activities';
import { migrationId } from '../../src/contracts/messages';
import type { ErrorCode } from '../../src/domain/errors';
import { MigrationError } from '../../src/domain/errors';
import type { Migration } from '../support/temporal/migration';
import { titleOn } from './roads';
import type { Road } from './roads';
import { numbered } from './writes';

/** One read, refused for good once. */
export interface Read {
  /** The 2nd of its kind in a preflight is `preflight's buckets.findBucket #2`. */
  readonly title: string;
  readonly road: Road;
  readonly activity: keyof Activities;
  /** Method of a port. */
  readonly name: string;
  /** Among the calls of that name in one attempt of the activity. */
  readonly nth: number;
  readonly code: ErrorCode;
  /** In the name of the step that it blocks. */
  readonly step: string;
  /** Attempts of the activity that go well before. */
  readonly passes: number;
  /** Attempts in a row that are refused until the step is blocked. */
  readonly times: number;
  readonly afterNoReturn: boolean;
  readonly skippable: boolean;
}

const AT_THE_ENDPOINT = [
  'router.readRoute',
  'router.readHealth',
  'router.readHealth',
  'buckets.findBucket',
  'ledger.list',
  'buckets.hasObject',
  'hosting.readInstanceQuota',
  'metrics.findMissingSeries',
  'balancing.findTargetGroup',
  'compute.findLaunchTemplate',
  'compute.findAutoScalingGroup',
  'hosting.findModel',
  'hosting.findEndpointConfig',
  'hosting.findEndpoint',
  'buckets.findBucket',
];

/** And the bucket of the captures, and the configuration with the shadow variant. */
const IN_ITS_SHADOW = AT_THE_ENDPOINT.flatMap((name) => {
  if (name === 'ledger.list') return ['buckets.findBucket', name];
  return name === 'hosting.findEndpoint' ? [name, 'hosting.findEndpointConfig'] : [name];
});
const AT_THE_RECORDS = [
  'router.readRoute',
  'router.readHealth',
  'router.readHealth',
  'ledger.list',
  'compute.findAutoScalingGroup',
  'compute.findInstances',
  'metrics.findMissingSeries',
  'balancing.findTargetGroup',
  'compute.findLaunchTemplate',
  'compute.findAutoScalingGroup',
];

/** What preflight reads, in its order. */
const LOOKS: Readonly<Record<Road, readonly string[]>> = {
  ec2: balanced('ec2'),
  sagemaker: balanced('sagemaker'),
  endpoint: AT_THE_ENDPOINT,
  'sagemaker-shadow': IN_ITS_SHADOW,
  route53: AT_THE_RECORDS,
};

function balanced(road: 'ec2' | 'sagemaker'): readonly string[] {
  const isHosted = road === 'sagemaker';
  return [
    'router.readRoute',
    'router.readHealth',
    'buckets.findBucket',
    'ledger.list',
    'compute.findAutoScalingGroup',
    'compute.findInstances',
    ...(isHosted ? ['buckets.hasObject', 'hosting.readInstanceQuota'] : []),
    'metrics.findMissingSeries',
    'balancing.findTargetGroup',
    'compute.findLaunchTemplate',
    'balancing.findProbeRule',
    'compute.findAutoScalingGroup',
    ...(isHosted ? ['hosting.findModel', 'hosting.findEndpointConfig', 'hosting.findEndpoint'] : []),
    'buckets.findBucket',
  ];
}

type Differs = Partial<
  Pick<Read, 'title' | 'road' | 'nth' | 'code' | 'passes' | 'times' | 'afterNoReturn' | 'skippable'>
>;

function read(activity: Read['activity'], name: string, step: string, differs: Differs = {}): Read {
  const { road = 'ec2', nth = 1, code = 'AwsDenied' } = differs;
  const title = titleOn(road, `${activity}'s ${name} #${nth} (${code})`);
  return {
    title,
    road,
    activity,
    name,
    nth,
    code,
    step,
    passes: 0,
    times: 1,
    afterNoReturn: false,
    skippable: false,
    ...differs,
  };
}

function preflightOn(road: Road): Read[] {
  return numbered(LOOKS[road]).map(({ name, nth }) => read('preflight', name, 'look at the account', { road, nth }));
}

export const PREFLIGHT: Readonly<Record<Road, readonly Read[]>> = {
  ec2: preflightOn('ec2'),
  sagemaker: preflightOn('sagemaker'),
  endpoint: preflightOn('endpoint'),
  'sagemaker-shadow': preflightOn('sagemaker-shadow'),
  route53: preflightOn('route53'),
};

const PROOF = 'prove that the source receives no traffic';
const NO_PROOF = { code: 'SourceReceivesTraffic' } as const;

/** In the order in which a migration comes to them. */
const EC2_READS: readonly Read[] = [
  ...PREFLIGHT.ec2,
  read('captureBaseline', 'metrics.readBaseline', 'capture the baseline'),
  // The first time it waits for its window.
  read('captureBaseline', 'metrics.readBaseline', 'capture the baseline', { code: 'BaselineIncomplete', times: 2 }),
  read('verifyData', 'data.verify', 'verify-data', { code: 'DataMismatch' }),
  read('waitTargetsHealthy', 'router.readHealth', 'targets-healthy'),
  read('runSmoke', 'balancing.findProbeRule', 'smoke'),
  read('runSmoke', 'prober.send', 'smoke', { nth: 2, code: 'OutputsDiffer' }),
  read('proveNoTraffic', 'router.readRoute', PROOF),
  read('proveNoTraffic', 'metrics.readWindows', PROOF, NO_PROOF),
  read('proveNoTraffic', 'metrics.readWindows', 'terminate the source', {
    ...NO_PROOF,
    title: "the last proveNoTraffic's metrics.readWindows #1 (SourceReceivesTraffic)",
    passes: 1,
    afterNoReturn: true,
  }),
];

const hosted = (activity: Read['activity'], name: string, step: string, differs: Differs = {}): Read =>
  read(activity, name, step, { road: 'sagemaker', ...differs });

/** Made on the road to SageMaker alone. */
const HOSTED_READS: readonly Read[] = [
  ...PREFLIGHT.sagemaker.filter(({ name }) => name.startsWith('hosting.') || name === 'buckets.hasObject'),
  hosted('createModel', 'hosting.findModel', 'model'),
  hosted('createEndpointConfig', 'hosting.findEndpointConfig', 'endpoint-config'),
  hosted('createEndpoint', 'hosting.findEndpoint', 'endpoint'),
  // Whether it is there is looked at twice: what failed must be gone first.
  hosted('createEndpoint', 'hosting.findEndpoint', 'endpoint', { nth: 2 }),
  hosted('waitEndpointInService', 'hosting.findEndpoint', 'endpoint'),
  hosted('tagCosts', 'hosting.findEndpoint', 'tag for cost allocation', { skippable: true, afterNoReturn: true }),
];

const joined = (activity: Read['activity'], name: string, step: string, differs: Differs = {}): Read =>
  read(activity, name, step, { road: 'endpoint', ...differs });
const retiring = (name: string, nth: number): Read =>
  joined('retireVariant', name, 'terminate the source', { nth, afterNoReturn: true });

/** Made where the target joins an endpoint alone. */
const JOINED_READS: readonly Read[] = [
  ...PREFLIGHT.endpoint.filter(({ name }) => name === 'router.readRoute'),
  joined('createJointConfig', 'hosting.findEndpoint', 'joint-config'),
  joined('createJointConfig', 'hosting.findEndpointConfig', 'joint-config'),
  joined('createJointConfig', 'hosting.findEndpointConfig', 'joint-config', { nth: 2 }),
  joined('createJointConfig', 'hosting.findEndpointConfig', 'joint-config', { nth: 3 }),
  joined('joinEndpoint', 'hosting.findEndpoint', 'join-endpoint'),
  joined('joinEndpoint', 'hosting.findEndpoint', 'join-endpoint', { nth: 2 }),
  retiring('hosting.findEndpoint', 1),
  retiring('hosting.findEndpointConfig', 1),
  retiring('hosting.findEndpoint', 2),
  retiring('hosting.findEndpointConfig', 2),
];

const shadowed = (activity: Read['activity'], name: string, step: string, differs: Differs = {}): Read =>
  read(activity, name, step, { road: 'sagemaker-shadow', ...differs });
const CONFIG_READS = ['hosting.findEndpoint', ...Array<string>(3).fill('hosting.findEndpointConfig')];

/** Made where the endpoint copies to the target alone. */
const SHADOWED_READS: readonly Read[] = [
  ...PREFLIGHT['sagemaker-shadow'].filter(({ name }) => /^(hosting|data)\.find/.test(name)),
  ...numbered(CONFIG_READS).map(({ name, nth }) => shadowed('createShadowConfig', name, 'shadow-config', { nth })),
  shadowed('shadowEndpoint', 'hosting.findEndpoint', 'shadow-endpoint'),
  shadowed('shadowEndpoint', 'hosting.findEndpoint', 'shadow-endpoint', { nth: 2 }),
  shadowed('waitTargetsHealthy', 'router.readHealth', 'targets-healthy'),
  shadowed('setShadowVariant', 'hosting.findEndpoint', 'copy 50 % of the requests'),
  // What it serves now is another configuration of ours, which says what was there before.
  ...numbered(CONFIG_READS).map(({ name, nth }) => shadowed('createJointConfig', name, 'joint-config', { nth })),
  shadowed('joinEndpoint', 'hosting.findEndpoint', 'join-endpoint'),
  shadowed('joinEndpoint', 'hosting.findEndpoint', 'join-endpoint', { nth: 2 }),
  shadowed('runSmoke', 'prober.send', 'smoke', { nth: 2, code: 'OutputsDiffer' }),
  shadowed('removeEndpointConfig', 'hosting.findEndpointConfig', 'remove the shadow configuration', {
    skippable: true,
    afterNoReturn: true,
  }),
];

const divided = (activity: Read['activity'], name: string, step: string, differs: Differs = {}): Read =>
  read(activity, name, step, { road: 'route53', ...differs });

/** Made where DNS divides the traffic alone. */
const RECORD_READS: readonly Read[] = [
  ...PREFLIGHT.route53.filter(({ name }) => name.startsWith('router.')),
  divided('waitTargetsHealthy', 'router.readHealth', 'targets-healthy'),
  divided('runSmoke', 'prober.send', 'smoke', { nth: 2, code: 'OutputsDiffer' }),
  divided('shiftWeights', 'router.readRoute', 'shift weights to 100/0'),
  divided('proveNoTraffic', 'router.readRoute', PROOF),
  divided('retireSource', 'router.readRoute', 'take the source off the rule', { afterNoReturn: true }),
];

export const READS: Readonly<Record<Road, readonly Read[]>> = {
  ec2: EC2_READS,
  sagemaker: HOSTED_READS,
  endpoint: JOINED_READS,
  'sagemaker-shadow': SHADOWED_READS,
  route53: RECORD_READS,
};

/** What the refused read fails with. */
export const wordsOf = ({ title }: Read): string => `refused: ${title}`;

interface Attempt {
  readonly activity: keyof Activities;
  readonly arm: () => void;
}

/** Arms a fault only as the activity starts that shall meet it: an observer makes the same calls at any time. */
export class ReadsRefused {
  private readonly attempts = new Map<string, Attempt[]>();

  /** One after another: each once the ones before have been met. */
  plan({ workload, world }: Migration, reads: readonly Read[]): void {
    const attempts = reads.flatMap((refused): Attempt[] => {
      const { activity, name, nth, code, passes, times } = refused;
      const arm = (): void => world.faults.failCall(name, nth, new MigrationError(code, wordsOf(refused)));
      return [
        ...Array.from({ length: passes }, () => ({ activity, arm: () => undefined })),
        ...Array.from({ length: times }, () => ({ activity, arm })),
      ];
    });
    this.attempts.set(migrationId(workload), attempts);
  }

  /** For the theatre. */
  readonly replace = (activities: Activities): Partial<Activities> => {
    const names = new Set(Object.values(READS).flatMap((reads) => reads.map(({ activity }) => activity)));
    return Object.fromEntries([...names].map((name) => [name, this.meeting(activities, name)]));
  };

  private meeting(activities: Activities, name: keyof Activities) {
    return (input: never): Promise<unknown> => {
      const attempts = this.attempts.get(Context.current().info.workflowExecution?.workflowId ?? '');
      if (attempts?.[0]?.activity === name) attempts.shift()?.arm();
      return (activities[name] as (input: never) => Promise<unknown>)(input);
    };
  }
}
