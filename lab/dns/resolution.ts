/** Pure: what Route 53's name servers answer to a question, by weight, health and TTL. */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Answer } from 'dns-packet';
import type { Random } from '../seeded';

/** What the name servers know at a moment. */
export interface ZoneView {
  readonly zones: readonly { readonly name: string; readonly records: readonly ResourceRecordSet[] }[];
  isHealthy(healthCheckId: string): boolean;
  readonly random: Random;
}

export interface Resolution {
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly answers: readonly Answer[];
  /** The zone's SOA where there is no answer: resolvers keep that, too. */
  readonly authorities: readonly Answer[];
}

const CHAIN_MAX = 8;

/** @param name as it was asked, in any case, without a dot at its end. */
export function resolve(view: ZoneView, name: string, type: string): Resolution {
  const answers: Answer[] = [];
  let asked = `${name.toLowerCase()}.`;
  for (let link = 0; link < CHAIN_MAX; link += 1) {
    const zone = zoneOf(view, asked);
    // A chain that leaves our zones is the resolver's to follow.
    if (zone === undefined) return { code: answers.length > 0 ? 'NOERROR' : 'REFUSED', answers, authorities: [] };
    const named = zone.records.filter(({ Name }) => Name === asked);
    const found = chosen(
      view,
      named.filter(({ Type }) => Type === type),
    );
    if (found.length > 0)
      return { code: 'NOERROR', answers: [...answers, ...found.flatMap(answersOf)], authorities: [] };
    const [alias] = chosen(
      view,
      named.filter(({ Type }) => Type === 'CNAME'),
    );
    if (alias === undefined) {
      const isKnown = named.length > 0 || zone.records.some(({ Name = '' }) => Name.endsWith(`.${asked}`));
      const authorities = zone.records.filter(({ Type }) => Type === 'SOA').flatMap(answersOf);
      return { code: isKnown ? 'NOERROR' : 'NXDOMAIN', answers, authorities };
    }
    answers.push(...answersOf(alias));
    asked = `${(alias.ResourceRecords?.[0]?.Value ?? '').toLowerCase().replace(/\.$/, '')}.`;
  }
  return { code: 'NOERROR', answers, authorities: [] };
}

/** The zone whose name is the longest end of the one asked for. */
function zoneOf(view: ZoneView, asked: string): ZoneView['zones'][number] | undefined {
  const holding = view.zones.filter(({ name }) => asked === name || asked.endsWith(`.${name}`));
  return holding.sort((a, b) => b.name.length - a.name.length)[0];
}

/** Of weighted records one; of others all, which is one. */
function chosen(view: ZoneView, records: readonly ResourceRecordSet[]): readonly ResourceRecordSet[] {
  if (records.length === 0 || records[0]?.Weight === undefined) return records;
  return [drawn(candidates(view, records), view.random)];
}

/**
 * Those with weight come first, then those at 0; a record without a health check is healthy; where nobody is, the weights
 * count as if everybody were.
 */
function candidates(view: ZoneView, records: readonly ResourceRecordSet[]): readonly ResourceRecordSet[] {
  const isHealthy = ({ HealthCheckId }: ResourceRecordSet): boolean =>
    HealthCheckId === undefined || view.isHealthy(HealthCheckId);
  const weighing = records.filter(({ Weight = 0 }) => Weight > 0);
  const groups = [weighing.filter(isHealthy), records.filter(isHealthy), weighing];
  return groups.find((group) => group.length > 0) ?? records;
}

function drawn(records: readonly ResourceRecordSet[], random: Random): ResourceRecordSet {
  const total = records.reduce((sum, { Weight = 0 }) => sum + Weight, 0);
  // All at 0: each is as likely as the other.
  const weightOf = ({ Weight = 0 }: ResourceRecordSet): number => (total === 0 ? 1 : Weight);
  let ticket = random() * (total === 0 ? records.length : total);
  for (const record of records) {
    ticket -= weightOf(record);
    if (ticket < 0) return record;
  }
  return records.at(-1) as ResourceRecordSet;
}

function answersOf({ Name = '', Type, TTL = 0, ResourceRecords = [] }: ResourceRecordSet): Answer[] {
  const name = Name.replace(/\.$/, '');
  return ResourceRecords.flatMap(({ Value = '' }): Answer[] => {
    switch (Type) {
      case 'A':
      case 'AAAA':
        return [{ type: Type, name, ttl: TTL, data: Value }];
      case 'CNAME':
      case 'NS':
        return [{ type: Type, name, ttl: TTL, data: Value.replace(/\.$/, '') }];
      case 'TXT':
        return [
          {
            type: Type,
            name,
            ttl: TTL,
            data: [...Value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text),
          },
        ];
      case 'SOA':
        return [{ type: Type, name, ttl: TTL, data: soaData(Value) }];
      default:
        return [];
    }
  });
}

function soaData(value: string): { mname: string; rname: string; [timer: string]: string | number } & {
  serial: number;
  refresh: number;
  retry: number;
  expire: number;
  minimum: number;
} {
  const [mname = '', rname = '', ...numbers] = value.split(' ');
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: mname.replace(/\.$/, ''), rname: rname.replace(/\.$/, ''), serial, refresh, retry, expire, minimum };
}
