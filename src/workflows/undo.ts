import { isCancellation } from '@temporalio/workflow';
import { memoryOf } from '../domain/data-memory';
import { assertNever } from '../domain/errors';
import type { ImageSpec } from '../domain/image';
import type { DataSetSpec } from '../domain/spec';
import { call } from './calls';
import { pinnedOf } from './phases/images';
import { isModelUndo, undoModelPackage } from './phases/model-packages';
import type { Run } from './run';
import { routeOf, targetGroupOf } from './state';
import type { MigrationState, UndoEntry } from './state';
import { failureOf } from './wait';
import { stopShadow } from './traffic';

/** What answers requests for as long as the target group is on production's route. */
const SERVES: readonly UndoEntry['kind'][] = [
  'target-group',
  'launch-template',
  'auto-scaling-group',
  'model',
  'endpoint-config',
  'endpoint',
  'endpoint-join',
  'image',
  'model-data',
  'model-package',
  'model-package-group',
];
/** What puts them there. */
const HOLDS: readonly UndoEntry['kind'][] = ['route', 'endpoint-join'];

/**
 * Undoes what was registered, newest first. Every undo accepts "never happened". One that fails is reported and the
 * others go on. The caller shields this from cancellation.
 * @returns one sentence for each thing that is stuck; empty when nothing is.
 */
export async function undoAll(run: Run): Promise<string[]> {
  const { state } = run;
  const stuck: string[] = [];
  const left: UndoEntry[] = [];
  for (const entry of [...state.undo].reverse()) {
    if (SERVES.includes(entry.kind) && left.some(({ kind }) => HOLDS.includes(kind))) {
      left.unshift(entry);
      stuck.push(`${entry.kind}: kept, because production's route may still send requests there`);
      continue;
    }
    try {
      state.doing = `undoing ${entry.kind}`;
      await undo(run, state, entry);
    } catch (error) {
      if (isCancellation(error)) throw error;
      left.unshift(entry);
      stuck.push(`${entry.kind}: ${failureOf(error).message}`);
    }
  }
  state.undo = left;
  return stuck;
}

function dataSetOf({ spec }: MigrationState, name: string): DataSetSpec {
  const dataSet = spec.data.find((candidate) => candidate.name === name);
  if (dataSet === undefined) throw new Error(`data set ${name} is not in the spec`);
  return dataSet;
}

function imageOf({ spec }: MigrationState, name: string): ImageSpec {
  const image = spec.images?.find((candidate) => candidate.name === name);
  if (image === undefined) throw new Error(`image ${name} is not in the spec`);
  return image;
}

async function undo(run: Run, state: MigrationState, entry: UndoEntry): Promise<void> {
  const { owner, spec } = state;
  const { workload } = spec;
  if (isModelUndo(entry)) return undoModelPackage(state, entry);
  switch (entry.kind) {
    case 'claims':
      return call('releaseClaims', 'quick', 'release claims', { arns: [...entry.arns], workload });
    case 'budget':
      return call('removeBudget', 'quick', `remove budget ${entry.name}`, { name: entry.name, owner });
    case 'model':
      return call('removeModel', 'quick', `remove model ${entry.name}`, { name: entry.name, owner });
    case 'endpoint-config':
      return call('removeEndpointConfig', 'quick', `remove endpoint configuration ${entry.name}`, {
        name: entry.name,
        owner,
      });
    case 'endpoint':
      return call('removeEndpoint', 'long', `remove endpoint ${entry.name}`, { name: entry.name, owner });
    case 'endpoint-join': {
      const { kind: _kind, ...move } = entry;
      return call('leaveEndpoint', 'long', `${move.endpointName} back to ${move.configBefore}`, move);
    }
    case 'target-group':
      return call('removeTargetGroup', 'quick', `remove target group ${entry.name}`, { name: entry.name, owner });
    case 'launch-template':
      return call('removeLaunchTemplate', 'quick', `remove launch template ${entry.name}`, { name: entry.name, owner });
    case 'probe-rule':
      return call('removeProbeRule', 'quick', 'remove probe rule', { listenerArn: routeOf(state).listenerArn, owner });
    case 'auto-scaling-group':
      return call('removeAutoScalingGroup', 'quick', `remove Auto Scaling group ${entry.name}`, {
        name: entry.name,
        owner,
      });
    case 'transfer': {
      const dataSet = dataSetOf(state, entry.dataSetName);
      return call('removeTransfer', 'long', `remove transfer ${entry.name}`, { name: entry.name, dataSet, owner });
    }
    case 'replication':
      return call('removeReplication', 'long', `remove replication ${entry.name}`, { name: entry.name, owner });
    case 'import':
      return call('cancelImport', 'quick', `cancel the import of ${entry.dataSetName}`, {
        dataSet: dataSetOf(state, entry.dataSetName),
        owner,
      });
    case 'bucket': {
      const dataSet = dataSetOf(state, entry.dataSetName);
      const input = { dataSet, owner, memory: memoryOf(spec) };
      return call('removeBucket', 'long', `remove copies in ${dataSet.to}`, input);
    }
    case 'image': {
      const image = imageOf(state, entry.name);
      const input = { image, pinned: pinnedOf(state, image.name), owner };
      return call('removeImage', 'long', `remove image ${image.name} in ${image.to}`, input);
    }
    case 'shadow':
      return stopShadow(run, 'notice');
    case 'source-capacity':
      return call('unfreezeSource', 'quick', 'unfreeze the source', {
        owned: spec.source.owned,
        route: routeOf(state),
      });
    case 'route': {
      if (state.targetGroupArn === null) return;
      const input = { route: routeOf(state), targetGroupArn: targetGroupOf(state), workload, forget: true };
      return call('leaveRoute', 'shift', 'take the target group off the rule', input);
    }
    default:
      assertNever(entry);
  }
}
