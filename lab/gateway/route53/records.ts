/** Pure: the records of one hosted zone, and what a batch makes of them. Like AWS's: all of it or nothing. */
import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { AwsError } from '../answer';

export type Records = readonly ResourceRecordSet[];

/** Where a list begins; the first name of the zone when empty. */
export interface ListStart {
  readonly name?: string;
  readonly type?: string;
  readonly identifier?: string;
}

/** Lower case, with the dot at its end. */
export function fullName(name: string): string {
  return `${name.toLowerCase().replace(/\.$/, '')}.`;
}

/** @throws AwsError InvalidInput or InvalidChangeBatch: then nothing has changed. */
export function applyBatch(records: Records, zoneName: string, changes: readonly Change[]): Records {
  const problems: string[] = [];
  let after = records;
  for (const { Action, ResourceRecordSet } of changes) {
    const record = { ...ResourceRecordSet, Name: fullName(ResourceRecordSet?.Name ?? '') } as ResourceRecordSet;
    checkForm(Action ?? '', record);
    const problem = refusal(after, zoneName, Action ?? '', record);
    if (problem !== undefined) problems.push(problem);
    after = after.filter((other) => keyOf(other) !== keyOf(record));
    if (Action !== 'DELETE') after = [...after, record];
  }
  problems.push(...conflicts(after, zoneName));
  if (problems.length > 0) throw new AwsError('InvalidChangeBatch', `[${problems.join(', ')}]`);
  return [...after].sort(byKey);
}

/** One page, in the order of a zone: by name from its last label on, then type, then set identifier. */
export function pageOf(
  records: Records,
  start: ListStart,
  itemsMax: number,
): { page: Records; next?: ResourceRecordSet } {
  const from = sortKey(start.name ?? '', start.type ?? '', start.identifier ?? '');
  const listed = start.name === undefined ? records : records.filter((record) => keyOf(record) >= from);
  const next = listed[itemsMax];
  return { page: listed.slice(0, itemsMax), ...(next === undefined ? {} : { next }) };
}

function sortKey(name: string, type: string, identifier: string): string {
  return [fullName(name).slice(0, -1).split('.').reverse().join('.'), type, identifier].join(' ');
}

function keyOf({ Name = '', Type, SetIdentifier = '' }: ResourceRecordSet): string {
  return sortKey(Name, Type ?? '', SetIdentifier);
}

function byKey(a: ResourceRecordSet, b: ResourceRecordSet): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function checkForm(
  action: string,
  { Name, Type, SetIdentifier, TTL, ResourceRecords, AliasTarget }: ResourceRecordSet,
): void {
  if (AliasTarget !== undefined)
    throw new AwsError('InvalidInput', `The lab serves no alias records: ${Name} ${Type} must have a TTL and values`);
  if (TTL === undefined || ResourceRecords === undefined)
    throw new AwsError(
      'InvalidInput',
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=${action}, Name=${Name}, Type=${Type}, SetIdentifier=${SetIdentifier ?? 'null'}]`,
    );
}

function refusal(records: Records, zoneName: string, action: string, record: ResourceRecordSet): string | undefined {
  const standing = records.find((other) => keyOf(other) === keyOf(record));
  const { Name = '', Type, SetIdentifier } = record;
  const identifier = SetIdentifier === undefined ? '' : `, set identifier='${SetIdentifier}'`;
  const named = `resource record set [name='${Name}', type='${Type}'${identifier}]`;
  if (Name !== zoneName && !Name.endsWith(`.${zoneName}`))
    return `RRSet with DNS name ${Name} is not permitted in zone ${zoneName}`;
  if (action === 'CREATE' && standing !== undefined) return `Tried to create ${named} but it already exists`;
  if (action !== 'DELETE') return undefined;
  if (standing === undefined) return `Tried to delete ${named} but it was not found`;
  return isSame(standing, record)
    ? undefined
    : `Tried to delete ${named} but the values provided do not match the current values`;
}

/** What may not stand beside each other in one zone. */
function conflicts(records: Records, zoneName: string): string[] {
  return records.flatMap((record) => {
    const beside = records.filter((other) => other !== record && other.Name === record.Name);
    if (record.Type === 'CNAME' && beside.some(({ Type }) => Type !== 'CNAME'))
      return [
        `RRSet of type CNAME with DNS name ${record.Name} is not permitted as it conflicts with other records with the same DNS name in zone ${zoneName}`,
      ];
    const others = beside.filter(({ Type }) => Type === record.Type);
    return others.some((other) => (other.Weight === undefined) !== (record.Weight === undefined))
      ? [
          `RRSet with DNS name ${record.Name}, type ${record.Type} cannot be created as other RRSets exist with the same name and type and another routing policy`,
        ]
      : [];
  });
}

function isSame(one: ResourceRecordSet, other: ResourceRecordSet): boolean {
  return canonical(one) === canonical(other);
}

function canonical({ ResourceRecords = [], ...rest }: ResourceRecordSet): string {
  const values = ResourceRecords.map(({ Value }) => Value ?? '').sort();
  return JSON.stringify([Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)), values]);
}
