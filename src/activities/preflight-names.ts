import { databaseEndName, replicationName } from '../domain/database-steps';
import { MigrationError } from '../domain/errors';
import { transferName } from '../domain/managed-transfer';
import type { Owner } from '../domain/resources';
import { parseS3Url, resourceName, shadowConfigName } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import type { Found } from '../ports/traffic-router';
import { describeOwner, standingOf } from './ownership';
import type { Ports } from './ports';

type NamePorts = Pick<Ports, 'balancing' | 'compute' | 'hosting' | 'buckets' | 'transfer' | 'replication' | 'images'>;

/**
 * Looks for what already bears the names that this migration will use.
 * @throws ResourceNotOurs, EarlierRunLeftovers; each names all that it found.
 */
export async function inspectNames(
  ports: NamePorts,
  spec: MigrationSpec,
  listenerArn: string | undefined,
  owner: Owner,
  adopt: boolean,
): Promise<void> {
  const taken = await findTaken(ports, spec, listenerArn);
  const described = (wanted: 'foreign' | 'earlier-run'): string[] =>
    taken
      .filter(({ found }) => standingOf(found.owner, owner, adopt) === wanted)
      .map(({ what, found }) => `${what} (${describeOwner(found.owner)})`);

  const foreign = described('foreign');
  if (foreign.length > 0) {
    throw new MigrationError(
      'ResourceNotOurs',
      `a resource that is not ours has a name that we need: ${foreign.join('; ')}`,
    );
  }
  const leftovers = described('earlier-run');
  if (leftovers.length > 0) {
    throw new MigrationError(
      'EarlierRunLeftovers',
      `an earlier run left: ${leftovers.join('; ')}. Start with adopt to take it over, or remove it`,
    );
  }
}

type Look = [what: string, find: () => Promise<Found<unknown> | undefined>];

interface Taken {
  readonly what: string;
  readonly found: Found<unknown>;
}

async function findTaken(
  { balancing, compute, hosting, buckets, transfer, replication, images }: NamePorts,
  spec: MigrationSpec,
  listenerArn: string | undefined,
): Promise<Taken[]> {
  const name = resourceName(spec.workload);
  const bucketNames = new Set(
    spec.data.map((dataSet) => parseS3Url(dataSet.to)?.bucket).filter((bucket) => bucket !== undefined),
  );
  const repositories = new Set(spec.images?.map(({ to }) => to));
  const transfers = spec.data
    .filter(({ datasync }) => datasync !== undefined)
    .map((dataSet) => transferName(spec.workload, dataSet.name));
  const hosted: Look[] = [
    [`model ${name}`, () => hosting.findModel(name)],
    [`endpoint configuration ${name}`, () => hosting.findEndpointConfig(name)],
    [`endpoint ${name}`, () => hosting.findEndpoint(name)],
  ];
  const shadow = shadowConfigName(spec.workload);
  const shadowed: Look[] = [[`endpoint configuration ${shadow}`, () => hosting.findEndpointConfig(shadow)]];
  const probeRule = (arn: string): Look => [
    `probe rule of ${spec.workload}`,
    () => balancing.findProbeRule(arn, spec.workload),
  ];
  const looks: Look[] = [
    [`target group ${name}`, () => balancing.findTargetGroup(name)],
    [`launch template ${name}`, () => compute.findLaunchTemplate(name)],
    ...(listenerArn === undefined ? [] : [probeRule(listenerArn)]),
    [`Auto Scaling group ${name}`, () => compute.findAutoScalingGroup(name)],
    ...(spec.target.sagemaker === undefined ? [] : hosted),
    ...(spec.shadow.variant === undefined ? [] : shadowed),
    ...replicationLooks(replication, spec),
    ...transfers.map((task): Look => [`transfer ${task}`, () => transfer.findTask(task)]),
    ...[...repositories].map((repository): Look => [
      `repository ${repository}`,
      () => images.findRepository(repository),
    ]),
    ...[...bucketNames].map((bucket): Look => [`bucket ${bucket}`, () => buckets.findBucket(bucket)]),
  ];
  const taken: Taken[] = [];
  for (const [what, find] of looks) {
    const found = await find();
    if (found !== undefined) taken.push({ what, found });
  }
  return taken;
}

/** An instance may have been left without the rest, and the rest without it. */
function replicationLooks(replication: NamePorts['replication'], { workload, databases = [] }: MigrationSpec): Look[] {
  return databases
    .map(({ name }) => replicationName(workload, name))
    .flatMap((name): Look[] => [
      [`replication instance ${name}`, () => replication.findInstance(name)],
      [`replication task ${name}`, () => replication.findTask(name)],
      ...(['source', 'target'] as const).map((side): Look => {
        const endName = databaseEndName(name, side);
        return [`endpoint ${endName}`, () => replication.findEndpoint(endName)];
      }),
    ]);
}
