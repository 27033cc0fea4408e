import type { Milliseconds } from '../../../src/domain/quantity';
import { addRecords, documentFor, recordsSpec } from '../fakes';
import type { FakeRecords } from '../fakes';
import { Migration, QUICK } from './migration';
import type { Theatre } from './theatre';

/** How long answers are kept. Unit: milliseconds. */
export const TTL_MS = 1_500;
/** Until the name servers have a change. Unit: milliseconds. */
const IN_EFFECT_MS = 300;

export interface OverRecords {
  readonly migration: Migration;
  readonly records: FakeRecords;
  readonly arn: string;
}

/** A migration whose traffic DNS divides, between two stacks that are there already. */
export async function startOverRecords(theatre: Theatre, workload: string): Promise<OverRecords> {
  const migration = Migration.of(theatre, workload);
  const { route, records } = addRecords(migration.world, workload);
  records.ttlMs = { source: TTL_MS as Milliseconds, target: TTL_MS as Milliseconds };
  records.delayMs = IN_EFFECT_MS;
  const quick = { ...QUICK, shadow: { ...(QUICK['shadow'] as object), tap: migration.place.tap } };
  const decommission = { after: '1s', standby: '1s', approval: 'not_required' };
  const changes = { ...quick, ...recordsSpec(route, workload), data: [], decommission };
  await migration.start(documentFor(migration.place, changes));
  return { migration, records, arn: route.arn };
}
