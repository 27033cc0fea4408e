import type { RoadWait } from '../../domain/plan';
import { assertNever } from '../../domain/errors';
import { call } from '../calls';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo } from '../state';

/** What Crossfade follows of the roads of people. A spec of an earlier version has none of it. */
export async function waitRoad({ state }: Run, { kind, dataSet }: RoadWait): Promise<void> {
  const input = { dataSet, owner: state.owner };
  switch (kind) {
    case 'import-order': {
      registerUndo(state, { kind: 'import', dataSetName: dataSet.name });
      const { jobId } = await call('orderImport', 'long', `Snowball for ${dataSet.name}, until it is here`, input);
      note(state, 'data_ordered', `${dataSet.name}: Snowball job ${jobId}, the device is here`);
      return;
    }
    case 'import-done': {
      const { jobId, failureLog } = await call('waitImported', 'long', `import of ${dataSet.name}`, input);
      const failed = failureLog === null ? '' : `; what failed: ${failureLog}`;
      note(state, 'data_transferred', `${dataSet.name}: Snowball job ${jobId} is imported${failed}`);
      return;
    }
    case 'line-available':
      await call('waitLine', 'long', `line for ${dataSet.name}, until it is available`, input);
      note(state, 'data_ordered', `${dataSet.name}: line ${dataSet.directConnect?.connectionId} is available`);
      return;
    default:
      assertNever(kind);
  }
}
