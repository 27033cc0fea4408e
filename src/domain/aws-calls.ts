/**
 * Every call of AWS that a migration may make, point by point of its plan. What `crossfade plan` shows, and what its
 * policy is made of. A guard compares it with the adapters' imports, and an end-to-end test with what the lab's gateway
 * has seen.
 */
import { secretsOf } from './notice';
import type { AwsCall, StepCalls } from './aws-call';
import { callsTo as of } from './aws-call';
import { callsOfBesideStep, levelCalls, replicationEnds } from './aws-calls-beside';
import type { ModelPackageStep } from './model-package-steps';
import type { EnvironmentStep } from './plan';
import type { DataSetSpec, MigrationSpec, SourceLocationSpec } from './spec';

const budgets = (...operations: readonly string[]): AwsCall[] => of('budgets', ...operations);
const elb = (...operations: readonly string[]): AwsCall[] => of('elasticloadbalancing', ...operations);
const s3 = (...operations: readonly string[]): AwsCall[] => of('s3', ...operations);
const sagemaker = (...operations: readonly string[]): AwsCall[] => of('sagemaker', ...operations);
const datasync = (...operations: readonly string[]): AwsCall[] => of('datasync', ...operations);
const autoscaling = (...operations: readonly string[]): AwsCall[] => of('autoscaling', ...operations);
const ec2 = (...operations: readonly string[]): AwsCall[] => of('ec2', ...operations);
const endpointScaling = (...operations: readonly string[]): AwsCall[] => of('application-autoscaling', ...operations);

/** Forward: looking, building, moving. */
export interface PointCalls extends StepCalls {
  /** Where in the plan. */
  readonly point: string;
}

const READ_ROUTE = {
  alb: elb('DescribeListeners', 'DescribeRules', 'DescribeTags', 'DescribeTargetGroups', 'DescribeTargetHealth'),
  sagemaker: sagemaker('DescribeEndpoint', 'DescribeEndpointConfig', 'ListTags'),
  route53: of('route53', 'GetHealthCheckStatus', 'ListResourceRecordSets'),
} as const;
const MOVE_WEIGHTS = {
  rule: elb('AddTags', 'ModifyRule', 'RemoveTags'),
  listener: elb('AddTags', 'ModifyListener', 'RemoveTags'),
  sagemaker: sagemaker('AddTags', 'DeleteTags', 'UpdateEndpointWeightsAndCapacities'),
  route53: of('route53', 'ChangeResourceRecordSets', 'GetChange'),
} as const;
const METRICS = of('cloudwatch', 'GetMetricData');
const LEDGER = s3('GetObject', 'ListObjectsV2', 'PutObject');
const QUOTAS = of('servicequotas', 'ListAWSDefaultServiceQuotas', 'ListServiceQuotas');
const HOLD_GROUPS = autoscaling('CreateOrUpdateTags', 'DescribeAutoScalingGroups', 'UpdateAutoScalingGroup');
const HOLD_ENDPOINT = [
  ...endpointScaling('DescribeScalableTargets', 'RegisterScalableTarget'),
  ...sagemaker('AddTags', 'DescribeEndpoint', 'ListTags'),
];
/** On every road: names that are taken, whoever took them. */
const LEFTOVERS = [
  ...elb('DescribeTags', 'DescribeTargetGroups'),
  ...ec2('DescribeLaunchTemplates'),
  ...autoscaling('DescribeAutoScalingGroups'),
];
const COPY = s3(
  'GetObject',
  'GetObjectLegalHold',
  'GetObjectLockConfiguration',
  'GetObjectRetention',
  'GetObjectTagging',
  'HeadBucket',
  'PutObject',
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'HeadObject',
  'ListObjectsV2',
  'ListParts',
  'UploadPart',
  'UploadPartCopy',
);
const READS = s3('GetObject', 'HeadObject', 'ListObjectsV2');
const BUCKET = s3(
  'CreateBucket',
  'GetBucketEncryption',
  'GetBucketLifecycleConfiguration',
  'GetBucketPolicy',
  'GetBucketTagging',
  'GetPublicAccessBlock',
  'PutBucketEncryption',
  'PutBucketLifecycleConfiguration',
  'PutBucketPolicy',
  'PutBucketTagging',
  'PutPublicAccessBlock',
);
const LOCATIONS: Readonly<Record<SourceLocationSpec['kind'], string>> = {
  nfs: 'CreateLocationNfs',
  smb: 'CreateLocationSmb',
  efs: 'CreateLocationEfs',
  fsxLustre: 'CreateLocationFsxLustre',
  fsxOpenZfs: 'CreateLocationFsxOpenZfs',
  fsxOntap: 'CreateLocationFsxOntap',
  fsxWindows: 'CreateLocationFsxWindows',
};
const FIND_TRANSFERS = datasync('ListLocations', 'ListTagsForResource', 'ListTasks');

/** Of one step of phase 2, or of the promotion. */
export function callsOfStep(step: EnvironmentStep): StepCalls {
  if ('modelPackage' in step) return callsOfModelStep(step);
  switch (step.kind) {
    case 'budget':
      return {
        calls: [...budgets('CreateBudget', 'DescribeBudget', 'ListTagsForResource'), ...of('sts', 'GetCallerIdentity')],
        undo: budgets('DeleteBudget'),
      };
    case 'target-group':
      return {
        calls: elb('CreateTargetGroup', 'DescribeTags', 'DescribeTargetGroups'),
        undo: elb('DeleteTargetGroup'),
      };
    case 'launch-template':
      return { calls: ec2('CreateLaunchTemplate', 'DescribeLaunchTemplates'), undo: ec2('DeleteLaunchTemplate') };
    case 'probe-rule':
      return { calls: elb('CreateRule', 'DescribeRules', 'DescribeTags'), undo: elb('DeleteRule') };
    case 'auto-scaling-group':
      return {
        calls: autoscaling('CreateAutoScalingGroup', 'DescribeAutoScalingGroups', 'PutScalingPolicy'),
        undo: autoscaling('DeleteAutoScalingGroup'),
      };
    case 'model':
      return {
        calls: [...sagemaker('CreateModel', 'DescribeModel', 'ListTags'), ...QUOTAS, ...s3('HeadObject')],
        undo: sagemaker('DeleteModel'),
      };
    case 'endpoint-config':
    case 'joint-config':
    case 'shadow-config':
      return {
        calls: sagemaker('CreateEndpointConfig', 'DescribeEndpointConfig', 'ListTags'),
        undo: sagemaker('DeleteEndpointConfig'),
      };
    case 'endpoint':
      return { calls: sagemaker('CreateEndpoint', 'DescribeEndpoint', 'ListTags'), undo: sagemaker('DeleteEndpoint') };
    case 'join-endpoint':
    case 'shadow-endpoint':
      return { calls: sagemaker('AddTags', 'DescribeEndpoint', 'UpdateEndpoint'), undo: sagemaker('UpdateEndpoint') };
    case 'endpoint-scaling':
      return {
        calls: endpointScaling('DescribeScalableTargets', 'PutScalingPolicy', 'RegisterScalableTarget'),
        undo: endpointScaling('DeregisterScalableTarget'),
      };
    case 'bucket':
    case 'copy-data':
    case 'transfer-task':
    case 'transfer-data':
    case 'verify-data':
    case 'targets-healthy':
    case 'smoke':
    case 'data-order':
    case 'data-arrived':
    case 'read-check':
      return callsOfDataStep(step);
    case 'replication-instance':
    case 'database-endpoints':
    case 'replication-task':
    case 'full-load':
    case 'import-order':
    case 'import-done':
    case 'line-available':
    case 'image-digest':
    case 'image-repository':
    case 'copy-image':
    case 'verify-image':
      return callsOfBesideStep(step);
  }
}

/** Files of a model are copied and read as data sets are. */
function callsOfModelStep(step: ModelPackageStep): StepCalls {
  switch (step.kind) {
    case 'copy-model-data':
      return { calls: COPY, undo: s3('DeleteObject', 'DeleteObjects') };
    case 'verify-model-data':
      return { calls: READS, undo: [] };
    case 'model-entry':
    case 'model-package-group':
    case 'model-package':
    case 'verify-model-package':
      return callsOfBesideStep(step);
  }
}

type DataStep = Extract<
  EnvironmentStep,
  {
    kind:
      | 'bucket'
      | 'copy-data'
      | 'transfer-task'
      | 'transfer-data'
      | 'verify-data'
      | 'data-order'
      | 'data-arrived'
      | 'read-check'
      | 'targets-healthy'
      | 'smoke';
  }
>;

function callsOfDataStep(step: DataStep): StepCalls {
  switch (step.kind) {
    case 'bucket':
      return { calls: [...BUCKET, ...optionsOf(step.dataSet)], undo: undoBucketOf(step.dataSet) };
    case 'copy-data':
      return { calls: [...COPY, ...removalsOf(step.dataSet)], undo: s3('DeleteObject', 'DeleteObjects') };
    case 'transfer-task':
      return {
        calls: [
          ...FIND_TRANSFERS,
          ...datasync('CreateTask', 'DescribeAgent', 'UpdateTask', ...locationsOf(step.dataSet)),
        ],
        undo: datasync('DeleteLocation', 'DeleteTask'),
      };
    case 'transfer-data':
      return {
        calls: [
          ...datasync('DescribeTaskExecution', 'ListTagsForResource', 'ListTaskExecutions', 'StartTaskExecution'),
          ...s3('GetObject', 'ListObjectsV2'),
        ],
        undo: [...datasync('CancelTaskExecution'), ...s3('DeleteObjects')],
      };
    case 'verify-data':
    case 'read-check':
      return { calls: READS, undo: [] };
    // What they call stands with the route.
    case 'targets-healthy':
    case 'smoke':
    case 'data-order':
    case 'data-arrived':
      return { calls: [], undo: [] };
  }
}

function optionsOf({ storage }: DataSetSpec): AwsCall[] {
  return [
    ...(storage?.intelligentTiering === undefined
      ? []
      : s3('GetBucketIntelligentTieringConfiguration', 'PutBucketIntelligentTieringConfiguration')),
    ...(storage?.inventory === undefined
      ? []
      : s3('GetBucketInventoryConfiguration', 'PutBucketInventoryConfiguration')),
    ...(storage?.replication === undefined
      ? []
      : s3('GetBucketReplication', 'PutBucketReplication', 'PutBucketVersioning')),
  ];
}

function undoBucketOf({ storage }: DataSetSpec): AwsCall[] {
  return [...s3('DeleteBucket'), ...(storage?.replication === undefined ? [] : s3('DeleteBucketReplication'))];
}

function removalsOf({ sync }: DataSetSpec): AwsCall[] {
  return sync?.deletes === 'mirror' ? s3('DeleteObject', 'DeleteObjects') : [];
}

function locationsOf({ datasync: moved }: DataSetSpec): string[] {
  const { sourceLocation } = moved ?? {};
  return ['CreateLocationS3', ...(sourceLocation === undefined ? [] : [LOCATIONS[sourceLocation.kind]])];
}

/** Besides the steps of phase 2: what is the same in every step, and the phases that move and end. */
export function callsAround(spec: MigrationSpec): PointCalls[] {
  const { router, source, notify, shadow } = spec;
  const metrics = [source.metrics, ...(source.metrics.standIn === undefined ? [] : [source.metrics.standIn])];
  return [
    { point: 'look for what an earlier run left', calls: LEFTOVERS, undo: [] },
    { point: 'look at the route', calls: readsOf(spec), undo: [] },
    ...(metrics.some(({ kind }) => kind === 'cloudwatch') ? [{ point: 'watch', calls: METRICS, undo: [] }] : []),
    ...(shadow.variant === undefined
      ? []
      : [{ point: 'read what is captured', calls: s3('GetObject', 'ListObjectsV2'), undo: [] }]),
    { point: 'freeze the source', calls: holdsOf(spec), undo: releasesOf(spec) },
    { point: 'move weights, and roll back', calls: movesOf(router), undo: [] },
    { point: 'wait until databases are level', calls: levelCalls(spec), undo: [] },
    { point: 'terminate the source', calls: endsOf(spec), undo: [] },
    { point: 'end the replication of databases', calls: replicationEnds(spec), undo: [] },
    { point: 'mark costs', calls: marksOf(spec), undo: [] },
    { point: 'ledger', calls: LEDGER, undo: [] },
    ...(notify.some((each) => 'sns' in each) ? [{ point: 'tell people', calls: of('sns', 'Publish'), undo: [] }] : []),
    ...(notify.some((each) => secretsOf(each).length > 0)
      ? [{ point: 'read the secrets of notices', calls: of('secretsmanager', 'GetSecretValue'), undo: [] }]
      : []),
  ].filter(({ calls }) => calls.length > 0);
}

function readsOf({ router, target }: MigrationSpec): AwsCall[] {
  if (router.sagemaker !== undefined) return [...READ_ROUTE.sagemaker, ...endpointScaling('DescribeScalableTargets')];
  if (router.route53 !== undefined) return [...READ_ROUTE.route53];
  return [
    ...READ_ROUTE.alb,
    ...autoscaling('DescribeAutoScalingGroups'),
    ...ec2('DescribeInstances'),
    ...(target.sagemaker === undefined ? [] : sagemaker('DescribeEndpoint')),
  ];
}

function movesOf(router: MigrationSpec['router']): readonly AwsCall[] {
  if (router.sagemaker !== undefined) return MOVE_WEIGHTS.sagemaker;
  if (router.route53 !== undefined) return MOVE_WEIGHTS.route53;
  return router.alb.listenerArn === undefined ? MOVE_WEIGHTS.rule : MOVE_WEIGHTS.listener;
}

function holdsOf({ source: { owned }, router }: MigrationSpec): AwsCall[] {
  return [
    ...(owned.autoScalingGroups.length === 0 ? [] : HOLD_GROUPS),
    ...(router.sagemaker === undefined ? [] : HOLD_ENDPOINT),
  ];
}

function releasesOf({ source: { owned }, router }: MigrationSpec): AwsCall[] {
  return [
    ...(owned.autoScalingGroups.length === 0 ? [] : autoscaling('DeleteTags', 'UpdateAutoScalingGroup')),
    ...(router.sagemaker === undefined
      ? []
      : [...endpointScaling('RegisterScalableTarget'), ...sagemaker('DeleteTags')]),
  ];
}

function endsOf({ source: { owned } }: MigrationSpec): AwsCall[] {
  return [
    ...(owned.autoScalingGroups.length === 0
      ? []
      : [...autoscaling('DeleteAutoScalingGroup', 'UpdateAutoScalingGroup'), ...ec2('DescribeInstances')]),
    ...(owned.instances.length === 0 ? [] : ec2('DescribeInstances', 'TerminateInstances')),
    ...(owned.endpoints === undefined || owned.endpoints.length === 0
      ? []
      : [
          ...sagemaker('CreateEndpointConfig', 'DescribeEndpointConfig', 'UpdateEndpoint'),
          ...endpointScaling('DeregisterScalableTarget', 'DescribeScalableTargets'),
        ]),
  ];
}

/** Cost-allocation tags on what was built. */
function marksOf({ target }: MigrationSpec): AwsCall[] {
  if (target.existing !== undefined) return [];
  return [
    ...(target.ec2 === undefined && target.sagemaker?.proxy === undefined
      ? []
      : [...autoscaling('CreateOrUpdateTags'), ...elb('AddTags')]),
    ...(target.sagemaker === undefined ? [] : sagemaker('AddTags')),
  ];
}
