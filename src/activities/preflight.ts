import type { PreflightActivities, PreflightResult } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { epochMs } from '../domain/quantity';
import type { Owner } from '../domain/resources';
import { parseS3Url } from '../domain/resources';
import type { RouteKind } from '../domain/route';
import type { MigrationSpec } from '../domain/spec';
import type { RouteState } from '../ports/traffic-router';
import { inspectEndpoint, requireSettled } from './preflight-endpoint';
import { inspectHosting, inspectQuota } from './preflight-hosting';
import { inspectModelPackages } from './preflight-model-packages';
import { inspectNames } from './preflight-names';
import { inspectRecords, inspectTargetHealth, recordNotes } from './preflight-records';
import type { Ports } from './ports';
import type { NamedRoute } from './route';
import { completed, namedRoute, routeFrom, UNNAMED } from './route';
import { formatShares, isOnRoute, thirdHands } from './route-shares';

type PreflightPorts = Pick<
  Ports,
  | 'router'
  | 'balancing'
  | 'compute'
  | 'hosting'
  | 'buckets'
  | 'transfer'
  | 'replication'
  | 'images'
  | 'registry'
  | 'openLedger'
  | 'metrics'
  | 'now'
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
  const written = namedRoute(spec.router, spec.workload);
  const { ref, path, target } = written;
  const state = await unlessNotFound(() => ports.router.readRoute(ref));
  const named = state === undefined ? written : completed(written, state);
  const problems = [
    ...(state === undefined
      ? [`${path}: there is no ${ref.kind} ${ref.arn}`]
      : [...inspectRoute(state, named), ...inspectRecords(named, state), ...inspectEndpoint(named, state, spec)]),
    ...(await inspectSourceHealth(ports, named)),
    ...(await inspectTargetHealth(ports, named)),
    ...(await inspectBuckets(ports, spec)),
    ...(await inspectOwned(ports, spec)),
    ...(await inspectHosting(ports, spec)),
    ...(await inspectModelPackages(ports, spec)),
  ];
  if (state === undefined || problems.length > 0) {
    throw new MigrationError('SpecInvalid', `the spec does not fit what is there:\n${problems.join('\n')}`);
  }
  requireSettled(named, state);
  await inspectQuota(ports, spec);
  await inspectMetrics(ports, spec);
  await inspectNames(ports, spec, state.alb?.listenerArn, owner, adopt);
  const route = routeFrom(named, state);
  const notes = recordNotes(named, state, route.settleMs ?? 0);
  return {
    route,
    generation: state.shift?.generation ?? 0,
    ...(target === undefined ? {} : { targetBackend: target.backend }),
    ...(notes.length === 0 ? {} : { notes }),
  };
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

function inspectRoute(state: RouteState, { path, source }: NamedRoute): Problem[] {
  const problems: Problem[] = [];
  if (state.stickinessEnabled) {
    problems.push(`${path}: stickiness is on, and a sticky client ignores weights: switch it off first`);
  }
  if (source.backend === UNNAMED)
    return [`${source.path}: is needed, because there are several: ${formatShares(state.shares)}`];
  if (!isOnRoute(state, source.backend)) {
    problems.push(
      `${source.path}: ${source.backend} is not on the route, which forwards to ${formatShares(state.shares)}`,
    );
    return problems;
  }
  const share = state.shares.find(({ backend }) => backend === source.backend);
  if (!((share?.weight ?? 0) > 0))
    problems.push(`${source.path}: it has weight 0 on the route and must hold all of it`);
  for (const third of thirdHands(state, { sourceBackend: source.backend })) {
    problems.push(
      `${path}: ${third.backend} takes traffic too (weight ${third.weight}); the source must hold all of it`,
    );
  }
  return problems;
}

const BACKEND_WORD = {
  rule: 'target group',
  listener: 'target group',
  record: 'weighted record',
  endpoint: 'production variant',
} as const satisfies Record<RouteKind, string>;

async function inspectSourceHealth({ router }: PreflightPorts, { ref, source }: NamedRoute): Promise<Problem[]> {
  if (source.backend === UNNAMED) return [];
  const health = await unlessNotFound(() => router.readHealth(ref, source.backend));
  if (health === undefined) {
    return [`${source.path}: there is no ${BACKEND_WORD[ref.kind]} ${source.backend}`];
  }
  return health.healthyCount > 0 ? [] : [`${source.path}: none of its ${health.registeredCount} targets is healthy`];
}

/** Not a problem of the spec for certain: a server that has just begun has scraped nothing yet, so it is tried again. */
async function inspectMetrics({ metrics, now }: PreflightPorts, { source }: MigrationSpec): Promise<void> {
  const missing = await metrics.findMissingSeries(source.metrics, epochMs(now() - source.metrics.lagMs));
  if (missing.length === 0) return;
  throw new MigrationError('MetricsUnavailable', missing.map((sentence) => `source.metrics.${sentence}`).join('\n'));
}

async function inspectBuckets({ buckets, openLedger }: PreflightPorts, spec: MigrationSpec): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, dataSet] of spec.data.entries()) {
    if (dataSet.kind === 'database') continue;
    const { from, datasync } = dataSet;
    // What DataSync reads elsewhere, it alone can look at.
    const places = datasync?.sourceLocation === undefined ? [[`data[${index}].from`, from] as const] : [];
    const reports = datasync === undefined ? [] : [[`data[${index}].datasync.reportTo`, datasync.reportTo] as const];
    for (const [path, url] of [...places, ...reports]) {
      const place = parseS3Url(url);
      if (place === undefined) problems.push(`${path}: ${url} is not an s3:// address`);
      else if ((await buckets.findBucket(place.bucket)) === undefined)
        problems.push(`${path}: there is no bucket ${place.bucket}`);
    }
  }
  const captureTo = parseS3Url(spec.shadow.variant?.captureTo ?? '');
  if (captureTo !== undefined && (await buckets.findBucket(captureTo.bucket)) === undefined)
    problems.push(`shadow.variant.capture.to: there is no bucket ${captureTo.bucket}`);
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
