import type { PreflightActivities, PreflightResult } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { epochMs } from '../domain/quantity';
import type { Owner } from '../domain/resources';
import { parseS3Url } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import type { RouteRef, RouteState } from '../ports/traffic-router';
import { inspectHosting, inspectQuota } from './preflight-hosting';
import { inspectNames } from './preflight-names';
import type { Ports } from './ports';
import { routeFrom, routeRefOf } from './route';
import { formatShares, isOnRoute, thirdHands } from './route-shares';

type PreflightPorts = Pick<
  Ports,
  'router' | 'balancing' | 'compute' | 'hosting' | 'data' | 'openLedger' | 'metrics' | 'now'
>;

/** `path: problem`, in the words of the spec. */
type Problem = string;

export function createPreflightActivities(ports: PreflightPorts): PreflightActivities {
  return {
    preflight: ({ spec, owner, adopt }) => inspect(ports, spec, owner, adopt),
  };
}

async function inspect(
  ports: PreflightPorts,
  spec: MigrationSpec,
  owner: Owner,
  adopt: boolean,
): Promise<PreflightResult> {
  const { ref, path } = routeRefOf(spec.router.alb);
  const { sourceTargetGroupArn } = spec.router.alb;
  const state = await unlessNotFound(() => ports.router.readRoute(ref));
  const problems = [
    ...(state === undefined
      ? [`${path}: there is no ${ref.kind} ${ref.arn}`]
      : inspectRoute(state, path, sourceTargetGroupArn)),
    ...(await inspectSourceHealth(ports, ref, sourceTargetGroupArn)),
    ...(await inspectBuckets(ports, spec)),
    ...(await inspectOwned(ports, spec)),
    ...(await inspectHosting(ports, spec)),
  ];
  if (state === undefined || problems.length > 0) {
    throw new MigrationError('SpecInvalid', `the spec does not fit what is there:\n${problems.join('\n')}`);
  }
  await inspectQuota(ports, spec);
  await inspectMetrics(ports, spec);
  await inspectNames(ports, spec, state.alb?.listenerArn, owner, adopt);
  return { route: routeFrom(ref, state, sourceTargetGroupArn), generation: state.shift?.generation ?? 0 };
}

/** Only "not there" is a problem of the spec; a denied or failed call stays what it is. */
async function unlessNotFound<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'NotFound') return undefined;
    throw error;
  }
}

function inspectRoute(state: RouteState, path: string, sourceTargetGroupArn: string): Problem[] {
  const problems: Problem[] = [];
  if (state.stickinessEnabled) {
    problems.push(`${path}: stickiness is on, and a sticky client ignores weights: switch it off first`);
  }
  if (!isOnRoute(state, sourceTargetGroupArn)) {
    problems.push(
      `router.alb.sourceTargetGroupArn: ${sourceTargetGroupArn} is not on the route, which forwards to ${formatShares(state.shares)}`,
    );
    return problems;
  }
  const source = state.shares.find((share) => share.backend === sourceTargetGroupArn);
  if (!((source?.weight ?? 0) > 0))
    problems.push('router.alb.sourceTargetGroupArn: it has weight 0 on the route and must hold all of it');
  for (const third of thirdHands(state, { sourceBackend: sourceTargetGroupArn })) {
    problems.push(
      `${path}: ${third.backend} takes traffic too (weight ${third.weight}); the source must hold all of it`,
    );
  }
  return problems;
}

async function inspectSourceHealth({ router }: PreflightPorts, ref: RouteRef, arn: string): Promise<Problem[]> {
  const path = 'router.alb.sourceTargetGroupArn';
  const health = await unlessNotFound(() => router.readHealth(ref, arn));
  if (health === undefined) return [`${path}: there is no target group ${arn}`];
  return health.healthyCount > 0 ? [] : [`${path}: none of its ${health.registeredCount} targets is healthy`];
}

/** Not a problem of the spec for certain: a server that has just begun has scraped nothing yet, so it is tried again. */
async function inspectMetrics({ metrics, now }: PreflightPorts, { source }: MigrationSpec): Promise<void> {
  const missing = await metrics.findMissingSeries(source.metrics, epochMs(now() - source.metrics.lagMs));
  if (missing.length === 0) return;
  throw new MigrationError('MetricsUnavailable', missing.map((sentence) => `source.metrics.${sentence}`).join('\n'));
}

async function inspectBuckets({ data, openLedger }: PreflightPorts, spec: MigrationSpec): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, dataSet] of spec.data.entries()) {
    const path = `data[${index}].from`;
    const place = parseS3Url(dataSet.from);
    if (place === undefined) problems.push(`${path}: ${dataSet.from} is not an s3:// address`);
    else if ((await data.findBucket(place.bucket)) === undefined)
      problems.push(`${path}: there is no bucket ${place.bucket}`);
  }
  const keys = await unlessNotFound(() => openLedger(spec.ledger).list(`${spec.workload}/`));
  if (keys === undefined) problems.push(`ledger: there is no bucket behind ${spec.ledger}`);
  return problems;
}

async function inspectOwned({ compute }: PreflightPorts, spec: MigrationSpec): Promise<Problem[]> {
  const { autoScalingGroups, instances } = spec.source.owned;
  const problems: Problem[] = [];
  for (const [index, name] of autoScalingGroups.entries()) {
    if ((await compute.findAutoScalingGroup(name)) === undefined) {
      problems.push(`source.owned.autoScalingGroups[${index}]: there is no Auto Scaling group ${name}`);
    }
  }
  const there = instances.length === 0 ? [] : await compute.findInstances(instances);
  for (const [index, id] of instances.entries()) {
    if (!there.includes(id)) problems.push(`source.owned.instances[${index}]: there is no instance ${id}`);
  }
  return problems;
}
