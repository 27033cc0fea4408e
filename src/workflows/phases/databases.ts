import { levelGate } from '../../domain/data-freeze';
import { replicationName, stopWritersOf } from '../../domain/database-steps';
import type { DatabaseStep } from '../../domain/database-steps';
import { assertNever } from '../../domain/errors';
import { formatDuration } from '../../domain/quantity';
import type { DatabaseSpec } from '../../domain/spec';
import { call } from '../calls';
import { dataOf } from '../data-state';
import { askGate, passPause } from '../gate';
import { goOnOrBack } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo } from '../state';
import type { MigrationState } from '../state';
import { tell } from '../tell';
import { must, perform } from '../wait';

/*
 * Databases that DMS carries over. A spec of an earlier version names none, so a run of an earlier version makes no command
 * here.
 */

/** Each may be done again. */
export async function buildDatabase({ state }: Run, { kind, name, database }: DatabaseStep): Promise<void> {
  const { owner, adopt } = state;
  const input = { name, database, owner };
  registerUndo(state, { kind: 'replication', name });
  switch (kind) {
    case 'replication-instance':
      return call('createReplicationInstance', 'long', `replication instance ${name}`, { ...input, adopt });
    case 'database-endpoints':
      return call('connectDatabases', 'long', `endpoints of ${name}, and a connection to each`, { ...input, adopt });
    case 'replication-task':
      return call('createReplicationTask', 'long', `replication task ${name}`, { ...input, adopt });
    case 'full-load': {
      const loaded = await call('loadDatabase', 'long', `load ${database.name} whole`, input);
      const { tableCount, rowCount } = loaded;
      note(
        state,
        'database_loaded',
        `${database.name}: ${rowCount} rows of ${tableCount} tables loaded, now followed`,
        {
          values: loaded,
        },
      );
      return;
    }
    default:
      assertNever(kind);
  }
}

/** Before the first weight: nobody writes to the source, DMS is level, every table is validated. Level once is enough. */
export async function levelDatabases(run: Run, names: readonly string[]): Promise<void> {
  const { state } = run;
  for (const database of state.spec.databases ?? []) {
    const { level } = dataOf(state);
    if (!names.includes(database.name) || level.includes(database.name)) continue;
    await askWriters(run, database);
    await must(run, `wait until database ${database.name} is level`, () => requireLevel(state, database));
    level.push(database.name);
    tell(run, 'data', `database ${database.name} is level and validated`);
  }
  await passPause(run);
}

/** Asked once, though a run that continued as new comes here again. */
async function askWriters(run: Run, database: DatabaseSpec): Promise<void> {
  const data = dataOf(run.state);
  data.stopped ??= [];
  if (data.stopped.includes(database.name)) return;
  const { question, steps } = stopWritersOf(database);
  await goOnOrBack(run, await askGate(run, levelGate(database.name), question, steps));
  data.stopped.push(database.name);
}

async function requireLevel(state: MigrationState, database: DatabaseSpec): Promise<void> {
  const name = replicationName(state.spec.workload, database.name);
  const found = await call('waitDatabaseLevel', 'long', `wait until ${database.name} is level`, {
    name,
    database,
    owner: state.owner,
  });
  const { tableCount, sourceMs, targetMs } = found;
  const latency = `latency ${formatDuration(sourceMs)} at the source, ${formatDuration(targetMs)} at the target`;
  note(state, 'database_level', `${database.name}: ${tableCount} tables validated, ${latency}`, { values: found });
}

/** The source is retired: nothing is left to follow. */
export async function removeReplications(run: Run): Promise<void> {
  const { spec, owner } = run.state;
  for (const database of spec.databases ?? []) {
    const name = replicationName(spec.workload, database.name);
    await perform(run, { name: `remove the replication of ${database.name}`, skippable: true }, () =>
      call('removeReplication', 'long', `remove replication ${name}`, { name, owner }),
    );
  }
}
