import { Context, log } from '@temporalio/activity';
import type {
  ModelPackageActivities,
  ModelPackageOrder,
  ModelPackageSetting,
} from '../contracts/model-package-activities';
import type { DataMemory } from '../domain/data-memory';
import { MigrationError } from '../domain/errors';
import type { ModelPackageSpec, PinnedModelPackage } from '../domain/model-package';
import { dataSetOf, regionOf } from '../domain/model-package';
import { contentOf, differencesIn } from '../domain/model-package-entry';
import { imageInTarget } from '../domain/model-package-image';
import type { Owner } from '../domain/resources';
import type { MoveOrder, MoveProgress } from '../ports/data-mover';
import type { RegisteredModel } from '../ports/model-registry';
import type { Found } from '../ports/traffic-router';
import { hashOf } from './canonical-json';
import { movedImages, tokenOf, wantedEntry } from './model-package-entry';
import { proveModelData } from './model-package-proof';
import { describeOwner, ensureOwned, requireOurs, standingOf } from './ownership';
import type { Ports } from './ports';
import { beating, beatingWith, untilKnown } from './waiting';

export type ModelPackagePorts = Pick<Ports, 'registry' | 'images' | 'data' | 'digests' | 'now' | 'sleep'>;

export function createModelPackageActivities(ports: ModelPackagePorts): ModelPackageActivities {
  const { registry, data, digests } = ports;
  return {
    async pinModelPackage(input) {
      const { modelPackage, owner, adopt } = input;
      const pinned = await pin(ports, input);
      const found = await beating(registry.findVersion(modelPackage.to, pinned.arn, owner));
      if (found !== undefined) requireOurs({ what: whatOf(modelPackage, pinned), owner, adopt }, found.owner);
      return pinned;
    },

    copyModelData: (input) => beatingWith((onProgress) => copyPlaces(data, input, onProgress)),

    verifyModelData: ({ modelPackage, pinned }) =>
      beatingWith((onProgress) =>
        proveModelData(digests, modelPackage, pinned, onProgress, Context.current().cancellationSignal),
      ),

    async createModelPackageGroup({ name, owner }) {
      const found = await registry.findGroup(name);
      if (found !== undefined) return;
      // Somebody else's is as good, also one that was made since we looked.
      await registry.createGroup(name, owner).catch(async (error: unknown) => {
        if ((await registry.findGroup(name)) === undefined) throw error;
      });
    },

    async createModelPackage(order) {
      const { modelPackage, pinned, owner, adopt } = order;
      const wanted = await wantedEntry(ports, order);
      const what = whatOf(modelPackage, pinned);
      return beating(
        ensureOwned(
          { what, owner, adopt },
          () => registry.findVersion(modelPackage.to, pinned.arn, owner),
          () => registry.createVersion(modelPackage.to, wanted, tokenOf(owner, wanted)),
        ),
      );
    },

    verifyModelPackage: (order) => beating(verify(ports, order)),

    async removeModelPackage({ modelPackage, pinned, owner, adopt }) {
      const found = await beating(registry.findVersion(modelPackage.to, pinned.arn, owner));
      if (isOurs(found, { owner, adopt }, whatOf(modelPackage, pinned))) await registry.removeVersion(found.value.arn);
    },

    async removeModelPackageGroup({ name, owner, adopt }) {
      const found = await registry.findGroup(name);
      if (!isOurs(found, { owner, adopt }, `model package group ${name}`)) return;
      if (!(await registry.removeEmptyGroup(name))) log.warn(`model package group ${name} is not empty, and stays`);
    },

    removeModelData: ({ modelPackage, pinned, memory }) =>
      beatingWith(async () => {
        for (const [index, place] of pinned.places.entries()) {
          const dataSet = dataSetOf(modelPackage, place, index);
          const left = await data.removeCopies(dataSet, memory, Context.current().cancellationSignal);
          if (left.length > 0) log.warn('not every copy of model data could be removed', { to: dataSet.to, left });
        }
      }),
  };
}

function whatOf({ to }: ModelPackageSpec, { arn }: PinnedModelPackage): string {
  return `version of ${arn} in ${to}`;
}

async function pin(ports: ModelPackagePorts, setting: ModelPackageSetting): Promise<PinnedModelPackage> {
  const { modelPackage, region } = setting;
  const { name, from, modelDataTo } = modelPackage;
  const { arn, status, approval, entry, others } = await ports.registry.readSource(
    modelPackage,
    regionOf(modelPackage, region),
  );
  if (status !== 'Completed')
    throw new MigrationError('ModelPackageUnmovable', `model package ${name}: ${from} is ${status}`);
  const { places, images, variables } = contentOf(entry, modelDataTo, `model package ${name}, ${from}`);
  // What cannot be named in the target is told now, not once everything is copied.
  const moved = await movedImages(ports, setting.images);
  for (const { reference, digest } of images) imageInTarget(reference, digest, moved, region);
  return { arn, approval, entry, places, notCarried: [...others, ...variables] };
}

async function copyPlaces(
  data: ModelPackagePorts['data'],
  { modelPackage, pinned, memory }: Parameters<ModelPackageActivities['copyModelData']>[0],
  onProgress: (progress: MoveProgress) => void,
): ReturnType<ModelPackageActivities['copyModelData']> {
  let [objectCount, byteCount] = [0, 0];
  for (const [index, place] of pinned.places.entries()) {
    const done = await data.copy(dataSetOf(modelPackage, place, index), orderOf(memory, index, onProgress));
    objectCount += done.objectCount;
    byteCount += done.byteCount;
  }
  return { objectCount, byteCount };
}

/** The attempts of one activity are one order for each place. */
function orderOf(
  { ledger, workload }: DataMemory,
  index: number,
  onProgress: (progress: MoveProgress) => void,
): MoveOrder {
  const { info, cancellationSignal: signal } = Context.current();
  return {
    ledger,
    workload,
    orderId: `${info.workflowExecution?.runId}/${info.activityId}/${index}`,
    signal,
    onProgress,
  };
}

/** A registry that checks a version takes minutes for it. */
async function verify(
  ports: ModelPackagePorts,
  order: ModelPackageOrder,
): ReturnType<ModelPackageActivities['verifyModelPackage']> {
  const { modelPackage, pinned, owner } = order;
  const { name, to } = modelPackage;
  const wanted = await wantedEntry(ports, order);
  const found = await ports.registry.findVersion(to, pinned.arn, owner);
  if (found === undefined)
    throw new MigrationError(
      'ModelPackageMismatch',
      `model package ${name}: group ${to} has no version of ${pinned.arn}`,
    );
  const { arn } = found.value;
  const registered = await untilKnown(ports, `version ${arn}`, async () =>
    settled(await ports.registry.readVersion(arn)),
  );
  if (registered.status !== 'Completed')
    throw new MigrationError(
      'ModelPackageMismatch',
      `model package ${name}: ${arn} is ${registered.status}: ${registered.failureReason ?? 'SageMaker does not say why'}`,
    );
  const differences = differencesIn(wanted, registered.entry);
  if (differences.length > 0)
    throw new MigrationError('ModelPackageMismatch', `model package ${name}: ${arn}: ${differences.join('; ')}`);
  return { arn, approval: registered.approval, entrySha256: hashOf(wanted) };
}

function settled(model: RegisteredModel): RegisteredModel | undefined {
  return model.status === 'Pending' || model.status === 'InProgress' ? undefined : model;
}

/** An undo that meets something else has nothing to undo: what this run has not made, or taken over, stays. */
function isOurs<T>(
  found: Found<T> | undefined,
  { owner, adopt }: { owner: Owner; adopt: boolean },
  what: string,
): found is Found<T> {
  if (found === undefined) return false;
  if (standingOf(found.owner, owner, adopt) === 'ours') return true;
  log.warn(`${what} is not removed: ${describeOwner(found.owner)}`);
  return false;
}
