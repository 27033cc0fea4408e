/** Pure: what a zone's records say about a route, and the batch that writes a decision. */
import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { MigrationError } from '../domain/errors';
import type { Milliseconds } from '../domain/quantity';
import type { RecordPlace } from '../domain/route';
import { normalRecordName } from '../domain/route';
import type { WantedShift } from '../domain/weights';
import { formatShiftTag, parseShiftTag } from '../domain/weights';
import type { RecordFacts, RouteShare } from '../ports/traffic-router';

/** Nobody resolves it but people. Unit: seconds. */
const DECISION_TTL_SECONDS = 60;
/** Of an alias to a load balancer, and to most of AWS's own. Unit: milliseconds. */
const ALIAS_TTL_MS = 60_000;
const ADDRESS_TYPES = ['A', 'AAAA', 'CNAME'];

/** A record of the route: what a weighted record must have is there. */
export type WeightedRecord = ResourceRecordSet & { readonly SetIdentifier: string; readonly Weight: number };

/** The decision beside the records, as it stands in the zone. */
export interface Decision {
  readonly record: ResourceRecordSet;
  readonly shift: WantedShift;
}

/** Where the decision stands: under a name that no host has, in the same zone, so that one batch writes both. */
export function decisionName({ recordName }: RecordPlace): string {
  return `_crossfade.${recordName}`;
}

/**
 * The weighted records of the route, of all that bear its name.
 * @throws NotFound when there is none of its type; AwsRejected when somebody else's rules decide who gets which.
 */
export function weightedRecords(named: readonly ResourceRecordSet[], place: RecordPlace): WeightedRecord[] {
  const what = `${place.recordName} ${place.recordType} in zone ${place.hostedZoneId}`;
  const ofType = named.filter((record) => record.Type === place.recordType);
  if (ofType.length === 0) throw new MigrationError('NotFound', `there is no record ${what}`);
  return ofType.map((record) => {
    const { SetIdentifier, Weight, TrafficPolicyInstanceId } = record;
    if (TrafficPolicyInstanceId !== undefined)
      throw new MigrationError('AwsRejected', `${what} belongs to traffic policy instance ${TrafficPolicyInstanceId}`);
    if (SetIdentifier === undefined || Weight === undefined)
      throw new MigrationError(
        'AwsRejected',
        `${what} has ${policyOf(record)} routing, must have weighted: one record each for source and target, with a set identifier and a weight`,
      );
    return { ...record, SetIdentifier, Weight };
  });
}

function policyOf(record: ResourceRecordSet): string {
  if (record.Failover !== undefined) return 'failover';
  if (record.Region !== undefined) return 'latency';
  if (record.GeoLocation !== undefined) return 'geolocation';
  if (record.GeoProximityLocation !== undefined) return 'geoproximity';
  if (record.CidrRoutingConfig !== undefined) return 'IP-based';
  return record.MultiValueAnswer === true ? 'multivalue answer' : 'simple';
}

export function sharesOf(records: readonly WeightedRecord[]): RouteShare[] {
  return records.map(({ SetIdentifier, Weight }) => ({ backend: SetIdentifier, weight: Weight }));
}

export function factsOf(
  records: readonly WeightedRecord[],
  named: readonly ResourceRecordSet[],
  place: RecordPlace,
): RecordFacts {
  const ttls = records.map((record) => [record.SetIdentifier, ttlMsOf(record, place)] as const);
  const otherTypes = named.map(({ Type }) => Type ?? '').filter((type) => type !== place.recordType);
  return {
    ttlMs: Object.fromEntries(ttls.filter(([, ttlMs]) => ttlMs !== undefined)) as Record<string, Milliseconds>,
    unwatched: records.filter((record) => !isWatched(record)).map(({ SetIdentifier }) => SetIdentifier),
    probed: records
      .filter(({ HealthCheckId }) => HealthCheckId !== undefined)
      .map(({ SetIdentifier }) => SetIdentifier),
    otherTypes: [...new Set(otherTypes)].filter((type) => ADDRESS_TYPES.includes(type)),
  };
}

/** @returns undefined for an alias to another record of the zone, whose TTL counts. */
function ttlMsOf({ TTL, AliasTarget }: WeightedRecord, { hostedZoneId }: RecordPlace): number | undefined {
  if (AliasTarget === undefined) return TTL === undefined ? undefined : TTL * 1_000;
  return AliasTarget.HostedZoneId === hostedZoneId ? undefined : ALIAS_TTL_MS;
}

function isWatched({ HealthCheckId, AliasTarget }: WeightedRecord): boolean {
  return HealthCheckId !== undefined || AliasTarget?.EvaluateTargetHealth === true;
}

/** @throws AwsRejected for one that is not ours: taken for "never decided", an older attempt could win. */
export function decisionOf(records: readonly ResourceRecordSet[], place: RecordPlace): Decision | undefined {
  const name = decisionName(place);
  const [record] = records.filter(({ Name = '', Type }) => normalRecordName(Name) === name && Type === 'TXT');
  if (record === undefined) return undefined;
  const values = (record.ResourceRecords ?? []).map(({ Value }) => Value ?? '');
  const shift = values.length === 1 ? parseDecision(values[0] as string) : undefined;
  if (shift === undefined)
    throw new MigrationError(
      'AwsRejected',
      `the record ${name} TXT is ${values.join(' ')}, not "generation/source/target workload"`,
    );
  return { record, shift };
}

function parseDecision(value: string): WantedShift | undefined {
  const [, tag = ''] = /^"(\S+) [a-z0-9-]+"$/.exec(value) ?? [];
  return parseShiftTag(tag);
}

/** The record that says what was decided, and by which workload's migration. */
export function decisionRecord(place: RecordPlace, shift: WantedShift, workload: string): ResourceRecordSet {
  return {
    Name: decisionName(place),
    Type: 'TXT',
    TTL: DECISION_TTL_SECONDS,
    ResourceRecords: [{ Value: `"${formatShiftTag(shift)} ${workload}"` }],
  };
}

/**
 * One batch, which takes effect as a whole or not at all. The decision that was read is deleted by its value and the new
 * one created, so a batch from before another decision is refused. Every record is in it, changed or not: what the change
 * as a whole says, in effect or not, is then true of each.
 */
export function batchOf(
  before: ResourceRecordSet | undefined,
  after: ResourceRecordSet | undefined,
  records: readonly WeightedRecord[],
  shares: readonly RouteShare[],
): Change[] {
  const weights = new Map(shares.map(({ backend, weight }) => [backend, weight]));
  return [
    ...(before === undefined ? [] : [{ Action: 'DELETE', ResourceRecordSet: before } as const]),
    ...(after === undefined ? [] : [{ Action: 'CREATE', ResourceRecordSet: after } as const]),
    ...records.map((record): Change => {
      const Weight = weights.get(record.SetIdentifier) ?? record.Weight;
      return { Action: 'UPSERT', ResourceRecordSet: { ...record, Weight } };
    }),
  ];
}
