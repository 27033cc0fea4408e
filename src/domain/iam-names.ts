/** What stands in a spec for the words in capitals of a policy. */
import { fleetOf } from './fleet';
import { parseModelPackage, regionOf } from './model-package';
import { normalRecordName } from './route';
import { parseS3Url } from './resources';
import { secretsOf } from './notice';
import type { MigrationSpec } from './spec';

type Values = Readonly<Record<string, string>>;

export interface PolicyNames {
  readonly fixed: Values;
  /** Words that belong together, such as a bucket and its prefix, and all that they stand for; none: not used. */
  readonly groups: readonly { readonly words: readonly string[]; readonly values: readonly Values[] }[];
}

export function namesFor(spec: MigrationSpec): PolicyNames {
  const { router, source, data, notify, ledger, shadow } = spec;
  const models = spec.modelPackages ?? [];
  const account = accountOf(spec);
  return {
    fixed: { REGION: spec.region, ...(account === undefined ? {} : { ACCOUNT_ID: account }) },
    groups: [
      group(['LOAD_BALANCER'], balancersOf(spec)),
      group(
        ['SOURCE_AUTO_SCALING_GROUP'],
        source.owned.autoScalingGroups.map((name) => [name]),
      ),
      group(
        ['SOURCE_INSTANCE_ID'],
        source.owned.instances.map((id) => [id]),
      ),
      group(['TARGET_INSTANCE_ROLE'], hasProfile(spec) ? [['TARGET_INSTANCE_ROLE']] : []),
      group(
        ['SOURCE_BUCKET', 'SOURCE_PREFIX'],
        // What a version of a model names is known once it has been looked at.
        [...data.flatMap(({ from }) => placeOf(from)), ...models.map(() => ['MODEL_DATA_BUCKET', 'MODEL_DATA_PREFIX'])],
      ),
      group(
        ['TARGET_BUCKET', 'TARGET_PREFIX'],
        [...data.map(({ to }) => to), ...models.map(({ modelDataTo }) => modelDataTo)].flatMap(placeOf),
      ),
      group(['LEDGER_BUCKET', 'LEDGER_PREFIX'], placeOf(ledger)),
      group(
        ['REPORT_BUCKET', 'REPORT_PREFIX'],
        data.flatMap(({ datasync }) => placeOf(datasync?.reportTo)),
      ),
      group(
        ['CAPTURE_BUCKET'],
        placeOf(shadow.variant?.captureTo).map(([bucket = '']) => [bucket]),
      ),
      group(
        ['KMS_KEY_ID'],
        [...data, ...(spec.images ?? []), ...models].flatMap(({ kmsKeyId }) => keyOf(kmsKeyId)),
      ),
      group(
        ['NOTIFY_TOPIC'],
        notify.flatMap((each) => ('sns' in each ? [[lastOf(each.sns, ':')]] : [])),
      ),
      group(
        ['NOTIFY_SECRET'],
        notify.flatMap((each) => secretsOf(each).map((arn) => [secretName(arn)])),
      ),
      group(
        ['DATASYNC_ROLE'],
        data.flatMap(({ datasync }) => roleOf(datasync?.roleArn)),
      ),
      group(
        ['REPLICATION_ROLE'],
        data.flatMap(({ storage }) => roleOf(storage?.replication?.roleArn)),
      ),
      ...imageNames(spec),
      ...modelNames(spec),
      group(
        ['DMS_SECRETS_ROLE'],
        (spec.databases ?? []).flatMap(({ from, to }) => [from, to].flatMap((end) => roleOf(end.secretRoleArn))),
      ),
      group(
        ['SNOWBALL_ROLE'],
        data.flatMap(({ snowball }) => roleOf(snowball?.roleArn)),
      ),
      ...recordNames(router.route53),
      ...endpointNames(spec),
    ],
  };
}

type Form = readonly string[];

function group(words: readonly string[], forms: readonly Form[]): PolicyNames['groups'][number] {
  return {
    words,
    values: forms.map((form) => Object.fromEntries(words.map((word, index) => [word, form[index] ?? word]))),
  };
}

function recordNames(route53: MigrationSpec['router']['route53']): PolicyNames['groups'] {
  const zone = route53 === undefined ? [] : [[route53.hostedZoneId]];
  return [
    group(['HOSTED_ZONE_ID'], zone),
    group(['RECORD_NAME'], route53 === undefined ? [] : [[normalRecordName(route53.recordName)]]),
    group(['HEALTH_CHECK_ID'], route53 === undefined ? [] : [['HEALTH_CHECK_ID']]),
  ];
}

function endpointNames({ router, target: { sagemaker } }: MigrationSpec): PolicyNames['groups'] {
  const model = parseS3Url(sagemaker?.modelData ?? '');
  const endpoint = router.sagemaker?.endpointName;
  return [
    group(['TARGET_ENDPOINT_ROLE'], roleOf(sagemaker?.executionRoleArn)),
    group(['MODEL_BUCKET', 'MODEL_KEY'], model === undefined ? [] : [[model.bucket, model.prefix]]),
    // In lower case, as in its ARN.
    group(['SOURCE_ENDPOINT'], endpoint === undefined ? [] : [[endpoint.toLowerCase()]]),
    group(['SOURCE_CONFIG'], endpoint === undefined ? [] : [['SOURCE_CONFIG']]),
  ];
}

/** The source's words first: those of the target are part of them. */
function imageNames({ images = [] }: MigrationSpec): PolicyNames['groups'] {
  const source = images.flatMap(({ from }): Form[] => {
    const [, account, repository] = /^(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/([^:@]+)/.exec(from) ?? [];
    return account === undefined || repository === undefined ? [] : [[account, repository]];
  });
  const secrets = images.flatMap(({ credentials }): Form[] =>
    credentials?.secretArn === undefined ? [] : [[secretName(credentials.secretArn)]],
  );
  return [
    group(['SOURCE_ACCOUNT_ID', 'SOURCE_REPOSITORY'], source),
    group(
      ['REPOSITORY'],
      images.map(({ to }) => [to]),
    ),
    group(['REGISTRY_SECRET'], secrets),
  ];
}

/** The source's words first, as above. Groups stand in ARNs in lower case. */
function modelNames({ modelPackages = [], region }: MigrationSpec): PolicyNames['groups'] {
  const source = modelPackages.flatMap((one): Form[] => {
    const { group: named = '', account = 'ACCOUNT_ID' } = parseModelPackage(one.from) ?? {};
    return [[regionOf(one, region), account, named.toLowerCase()]];
  });
  return [
    group(['SOURCE_MODEL_REGION', 'SOURCE_MODEL_ACCOUNT_ID', 'SOURCE_MODEL_GROUP'], source),
    group(
      ['MODEL_PACKAGE_GROUP'],
      modelPackages.map(({ to }) => [to.toLowerCase()]),
    ),
  ];
}

function hasProfile(spec: MigrationSpec): boolean {
  const hasFleet = spec.target.ec2 !== undefined || spec.target.sagemaker?.proxy !== undefined;
  return hasFleet && fleetOf(spec).instanceProfile !== undefined;
}

function balancersOf({ router: { alb } }: MigrationSpec): Form[] {
  const name = /:listener(?:-rule)?\/app\/([^/]+)\//.exec(alb?.ruleArn ?? alb?.listenerArn ?? '')?.[1];
  return name === undefined ? [] : [[name]];
}

function placeOf(url: string | undefined): Form[] {
  const place = parseS3Url(url ?? '');
  return place === undefined ? [] : [[place.bucket, place.prefix]];
}

/** An alias names no key in a policy, so its word stays. */
function keyOf(kmsKeyId: string | undefined): Form[] {
  if (kmsKeyId === undefined) return [];
  return /(^|:)alias\//.test(kmsKeyId) ? [['KMS_KEY_ID']] : [[lastOf(kmsKeyId, '/')]];
}

function roleOf(arn: string | undefined): Form[] {
  return arn === undefined ? [] : [[arn.slice(arn.indexOf(':role/') + ':role/'.length)]];
}

/** A secret's ARN ends with six characters of Secrets Manager's own, which a policy need not know. */
function secretName(arn: string): string {
  return lastOf(arn, ':secret:').replace(/-[A-Za-z0-9]{6}$/, '');
}

const lastOf = (text: string, separator: string): string => text.slice(text.lastIndexOf(separator) + separator.length);

/** Of whatever the spec names with its account. */
function accountOf({ router, target, notify }: MigrationSpec): string | undefined {
  const arns = [
    router.alb?.ruleArn,
    router.alb?.listenerArn,
    target.sagemaker?.executionRoleArn,
    ...notify.map((each) => ('sns' in each ? each.sns : undefined)),
  ];
  return arns
    .map((arn) => /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn ?? '')?.[1])
    .find((found) => found !== undefined);
}
