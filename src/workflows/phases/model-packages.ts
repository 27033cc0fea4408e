import type { ModelPackageOrder, ModelPackageSetting } from '../../contracts/activities';
import { formatBytes } from '../../domain/data-quantity';
import { memoryOf } from '../../domain/data-memory';
import type { ModelPackageSpec } from '../../domain/model-package';
import type { ModelPackageStep } from '../../domain/model-package-steps';
import { call } from '../calls';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo } from '../state';
import type { MigrationState, ModelPackageState, UndoEntry } from '../state';
import { pinnedOf } from './images';

/** One version of a model registry. Each step may be done again. */
export async function buildModelPackage(run: Run, { kind, name, modelPackage }: ModelPackageStep): Promise<void> {
  const { state } = run;
  const { owner } = state;
  switch (kind) {
    case 'model-entry':
      return pinEntry(run, modelPackage);
    case 'copy-model-data':
      return copyModelData(run, modelPackage);
    case 'verify-model-data':
      return verifyModelData(run, modelPackage);
    case 'model-package-group':
      registerUndo(state, { kind, name });
      return call('createModelPackageGroup', 'quick', `model package group ${name}`, { name, owner });
    case 'model-package':
      registerUndo(state, { kind, name });
      await call(
        'createModelPackage',
        'long',
        `${modelPackage.from} in ${modelPackage.to}`,
        orderOf(state, modelPackage),
      );
      return;
    case 'verify-model-package':
      return verifyEntry(run, modelPackage);
  }
}

/**
 * Once: what is changed in the source's registry later changes nothing any more. Long, as all that looks at every version
 * of a group.
 */
async function pinEntry({ state }: Run, modelPackage: ModelPackageSpec): Promise<void> {
  const { name, from } = modelPackage;
  if (state.modelPackages?.[name] !== undefined) return;
  const { owner, adopt } = state;
  const pinned = await call('pinModelPackage', 'long', `model package ${from}`, {
    ...settingOf(state, modelPackage),
    owner,
    adopt,
  });
  state.modelPackages = { ...state.modelPackages, [name]: { pinned } };
  const { arn, approval, places, notCarried } = pinned;
  const left = notCarried.length === 0 ? '' : `; as it is, or not at all: ${notCarried.join(', ')}`;
  note(state, 'model_package_pinned', `${name}: ${arn} (${approval}) has ${places.length} places in S3${left}`, {
    values: { arn, approval, places, notCarried },
  });
}

async function copyModelData({ state }: Run, modelPackage: ModelPackageSpec): Promise<void> {
  const { name, modelDataTo } = modelPackage;
  const { pinned } = entryOf(state, name);
  registerUndo(state, { kind: 'model-data', name });
  const memory = memoryOf(state.spec);
  await call('copyModelData', 'long', `model data of ${name} to ${modelDataTo}`, { modelPackage, pinned, memory });
}

async function verifyModelData({ state }: Run, modelPackage: ModelPackageSpec): Promise<void> {
  const { name, modelDataTo } = modelPackage;
  const { pinned } = entryOf(state, name);
  const proof = await call('verifyModelData', 'long', `SHA-256 of both sides of ${modelDataTo}`, {
    modelPackage,
    pinned,
  });
  state.modelPackages = { ...state.modelPackages, [name]: { pinned, proof } };
  const byteCount = proof.places.reduce((sum, place) => sum + place.byteCount, 0);
  const text = `${name}: ${formatBytes(byteCount)} in ${proof.places.length} places are equal on both sides: sha256:${proof.sha256}`;
  note(state, 'model_data_verified', text, { values: { ...proof } });
}

async function verifyEntry({ state }: Run, modelPackage: ModelPackageSpec): Promise<void> {
  const { name } = modelPackage;
  const order = orderOf(state, modelPackage);
  const registered = await call('verifyModelPackage', 'long', `read back ${name} in ${modelPackage.to}`, order);
  const { arn, approval } = registered;
  const sourceApproval = order.pinned.approval;
  const text = `${name}: ${arn} is as asked for and is ${approval}; the source's is ${sourceApproval}`;
  note(state, 'model_package_registered', text, {
    values: { ...registered, source: order.pinned.arn, sourceApproval },
  });
}

type ModelUndo = Extract<UndoEntry, { kind: 'model-data' | 'model-package' | 'model-package-group' }>;

export function isModelUndo(entry: UndoEntry): entry is ModelUndo {
  return entry.kind === 'model-data' || entry.kind === 'model-package' || entry.kind === 'model-package-group';
}

export async function undoModelPackage(state: MigrationState, { kind, name }: ModelUndo): Promise<void> {
  const { owner, adopt, spec } = state;
  if (kind === 'model-package-group')
    return call('removeModelPackageGroup', 'quick', `remove model package group ${name}`, { name, owner, adopt });
  const modelPackage = spec.modelPackages?.find((candidate) => candidate.name === name);
  if (modelPackage === undefined) throw new Error(`model package ${name} is not in the spec`);
  const { pinned } = entryOf(state, name);
  if (kind === 'model-package') {
    const summary = `remove model package ${name} in ${modelPackage.to}`;
    return call('removeModelPackage', 'long', summary, { modelPackage, pinned, owner, adopt });
  }
  const summary = `remove copies in ${modelPackage.modelDataTo}`;
  return call('removeModelData', 'long', summary, { modelPackage, pinned, memory: memoryOf(spec) });
}

function settingOf(state: MigrationState, modelPackage: ModelPackageSpec): ModelPackageSetting {
  const { region, images = [] } = state.spec;
  return {
    modelPackage,
    region,
    images: images.map((image) => ({ image, pinned: pinnedOf(state, image.name) })),
  };
}

function orderOf(state: MigrationState, modelPackage: ModelPackageSpec): ModelPackageOrder {
  const { owner, adopt } = state;
  const { pinned, proof } = entryOf(state, modelPackage.name);
  if (proof === undefined) throw new Error(`the files of model package ${modelPackage.name} are not proven yet`);
  return { ...settingOf(state, modelPackage), pinned, proof, owner, adopt };
}

/** Its absence after the first step is a broken invariant, not an operator's mistake. */
function entryOf({ modelPackages }: MigrationState, name: string): ModelPackageState {
  const entry = modelPackages?.[name];
  if (entry === undefined) throw new Error(`model package ${name} is not looked at yet`);
  return entry;
}
