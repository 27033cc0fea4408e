import { memoryOf } from '../../domain/data-memory';
import { isProvenByReport, transferName } from '../../domain/managed-transfer';
import type { DataSetSpec } from '../../domain/spec';
import { call } from '../calls';
import { copyOnce } from '../data-sync';
import { rememberRun, rememberVerification } from '../data-state';
import { note } from '../journal';
import type { Run } from '../run';
import { failureOf } from '../wait';

/** A source that changes while it is compared differs from its copy; so often it is copied and compared again. */
const ROUNDS_MAX = 3;

/** Everything on both sides, compared; into the ledger. */
export async function verifyData(run: Run, dataSet: DataSetSpec): Promise<void> {
  const startedAtMs = Date.now();
  const { spec } = run.state;
  const proof = await call('verifyData', 'long', `verify ${dataSet.to}`, {
    dataSet,
    memory: memoryOf(spec),
    ...(isProvenByReport(dataSet) ? { transfer: transferName(spec.workload, dataSet.name) } : {}),
  });
  rememberVerification(run.state, dataSet, Date.now() - startedAtMs);
  note(
    run.state,
    'data_verified',
    `${dataSet.name}: ${proof.objectCount} objects, ${proof.byteCount} bytes equal on both sides`,
    {
      // By these `crossfade verify-data` finds it again.
      values: { ...proof, dataSet: dataSet.name, from: dataSet.from, to: dataSet.to },
    },
  );
}

/**
 * The first verification. Of data that is followed only a difference without a change is a fault: what changed meanwhile
 * is copied, and a source that never rests is proven under the freeze.
 */
export async function verifyFirstCopy(run: Run, dataSet: DataSetSpec): Promise<void> {
  const { state } = run;
  for (let round = 1; ; round += 1) {
    const startedAtMs = Date.now();
    try {
      return await verifyData(run, dataSet);
    } catch (error) {
      if (dataSet.sync === undefined || failureOf(error).code !== 'DataMismatch') throw error;
      rememberVerification(state, dataSet, Date.now() - startedAtMs);
      const moved = await copyOnce(state.spec, dataSet, 'follow');
      rememberRun(state, dataSet, moved);
      if (moved.copiedCount + moved.deletedCount === 0) throw error;
      if (round < ROUNDS_MAX) continue;
      const text = `${dataSet.name} changes while it is compared: it is proven once it is frozen`;
      return note(state, 'data_synced', text, { values: { difference: failureOf(error).message } });
    }
  }
}
