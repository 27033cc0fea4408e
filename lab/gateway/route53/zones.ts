/**
 * The hosted zones: what was asked for, and what the name servers have of it.
 *
 * 1. A list shows every change at once, as AWS's does; the name servers have it when its change is INSYNC.
 * 2. Changes of a zone reach the name servers in the order in which they were made.
 */
import type { Change, ChangeInfo } from '@aws-sdk/client-route-53';
import { AwsError } from '../answer';
import { applyBatch, fullName } from './records';
import type { Records } from './records';

interface Version {
  /** When the name servers have it. Unit: epoch milliseconds. */
  readonly fromMs: number;
  readonly records: Records;
}

interface Zone {
  readonly name: string;
  /** Oldest first. The last one is what a list shows; never empty. */
  readonly versions: Version[];
}

interface Submitted {
  readonly atMs: number;
  readonly insyncAtMs: number;
  readonly comment: string | undefined;
}

/** A zone as the name servers have it. */
export interface ServedZone {
  /** With the dot at its end. */
  readonly name: string;
  readonly records: Records;
}

/** Real changes take up to a minute. Unit: milliseconds. */
const PENDING_MS = 500;

export class Zones {
  /** How long a change stays PENDING, from the next one on. Unit: milliseconds. */
  pendingMs = PENDING_MS;
  private readonly zones = new Map<string, Zone>();
  private readonly changes = new Map<string, Submitted>();

  constructor(private readonly nowMs: () => number) {}

  has(id: string): boolean {
    return this.zones.has(id);
  }

  add(id: string, name: string, records: Records): void {
    const all = records.map((record) => ({ ...record, Name: fullName(record.Name ?? '') }));
    this.zones.set(id, { name: fullName(name), versions: [{ fromMs: 0, records: all }] });
  }

  remove(id: string): void {
    this.zones.delete(id);
  }

  /** As they were asked for last (invariant 1). */
  records(id: string): Records {
    return newest(this.zone(id)).records;
  }

  /** Of every weighted record, as they were asked for last: name without the dot → set identifier → weight. */
  weights(): Record<string, Record<string, number>> {
    const all: Record<string, Record<string, number>> = {};
    for (const { Name = '', SetIdentifier, Weight } of [...this.zones.values()].flatMap((zone) => newest(zone).records))
      if (SetIdentifier !== undefined && Weight !== undefined)
        (all[Name.replace(/\.$/, '')] ??= {})[SetIdentifier] = Weight;
    return all;
  }

  /** @throws AwsError for a batch that AWS would refuse. */
  change(id: string, changes: readonly Change[], comment: string | undefined): ChangeInfo {
    const zone = this.zone(id);
    const records = applyBatch(newest(zone).records, zone.name, changes);
    const atMs = this.nowMs();
    // Invariant 2, also when the delay was made shorter in between.
    const insyncAtMs = Math.max(atMs + this.pendingMs, newest(zone).fromMs);
    zone.versions.push({ fromMs: insyncAtMs, records });
    const changeId = `C${String(this.changes.size + 1).padStart(13, '0')}LAB`;
    this.changes.set(changeId, { atMs, insyncAtMs, comment });
    return this.changeInfo(changeId);
  }

  /** @throws AwsError NoSuchChange. */
  changeInfo(id: string): ChangeInfo {
    const change = this.changes.get(id);
    if (change === undefined) throw new AwsError('NoSuchChange', `A change with id '${id}' does not exist.`, 404);
    return {
      Id: `/change/${id}`,
      Status: this.nowMs() >= change.insyncAtMs ? 'INSYNC' : 'PENDING',
      SubmittedAt: new Date(change.atMs),
      ...(change.comment === undefined ? {} : { Comment: change.comment }),
    };
  }

  /** What the name servers answer from now. */
  served(): ServedZone[] {
    const nowMs = this.nowMs();
    return [...this.zones.values()].map(({ name, versions }) => {
      while ((versions[1]?.fromMs ?? Infinity) <= nowMs) versions.shift();
      return { name, records: versions[0]?.records ?? [] };
    });
  }

  private zone(id: string): Zone {
    const zone = this.zones.get(id);
    if (zone === undefined) throw new Error(`zone ${id} was not read`);
    return zone;
  }
}

function newest({ versions }: Zone): Version {
  return versions.at(-1) as Version;
}
