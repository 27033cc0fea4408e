/** SageMaker's Model Registry in memory: the source's groups and the target's stand side by side. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../../../src/domain/errors';
import type { ModelPackageEntry } from '../../../src/domain/model-package';
import { SOURCE_KEY } from '../../../src/domain/model-package-entry';
import type { Owner } from '../../../src/domain/resources';
import { ownerOf } from '../../../src/domain/resources';
import type { ContentDigests } from '../../../src/ports/content-digests';
import type { ModelRegistry, RegisteredModel } from '../../../src/ports/model-registry';
import { objectsUnder } from './storage';
import type { World } from './world';

export interface FakeVersion {
  readonly token?: string;
  readonly entry: ModelPackageEntry;
  approval: string;
  status: RegisteredModel['status'];
}

/** By number, which is never given twice. */
export interface FakeModelGroup {
  readonly owner: Owner | undefined;
  readonly versions: Map<number, FakeVersion>;
  lastVersion: number;
}

const ACCOUNT = 'arn:aws:sagemaker:eu-west-1:123456789012';
const arnOf = (group: string, number: number): string => `${ACCOUNT}:model-package/${group}/${number}`;

/** Somebody registers a model. @returns its ARN. */
export function addVersion(world: World, group: string, entry: ModelPackageEntry, approval = 'Approved'): string {
  const found = world.modelGroups.get(group) ?? { owner: undefined, versions: new Map(), lastVersion: 0 };
  world.modelGroups.set(group, found);
  found.lastVersion += 1;
  found.versions.set(found.lastVersion, { entry, approval, status: 'Completed' });
  return arnOf(group, found.lastVersion);
}

export function fakeRegistry(world: World): ModelRegistry {
  const placeOf = (arn: string): [group: string, number: number] => {
    const [, group = '', number] = /([^/:]+)\/(\d+)$/.exec(arn) ?? [];
    return [group, Number(number)];
  };
  const read = (arn: string): RegisteredModel => {
    const [group, number] = placeOf(arn);
    const found = world.modelGroups.get(group)?.versions.get(number);
    if (found === undefined) throw new MigrationError('NotFound', `there is no model package ${arn}`);
    const { entry, approval, status } = found;
    return { arn: arnOf(group, number), status, approval, entry, others: [] };
  };
  return {
    readSource: async ({ from }) => read(from),
    readVersion: async (arn) => read(arn),
    async findGroup(name) {
      const found = world.modelGroups.get(name);
      return found && { value: { arn: `${ACCOUNT}:model-package-group/${name}` }, owner: found.owner };
    },
    async createGroup(name, owner) {
      if (world.modelGroups.has(name)) throw new MigrationError('AwsRejected', `group ${name} is there`);
      world.modelGroups.set(name, { owner, versions: new Map(), lastVersion: 0 });
      return { arn: `${ACCOUNT}:model-package-group/${name}` };
    },
    async removeEmptyGroup(name) {
      if ((world.modelGroups.get(name)?.versions.size ?? 0) > 0) return false;
      world.modelGroups.delete(name);
      return true;
    },
    async findVersion(group, source, { workload, run }) {
      const versions = [...(world.modelGroups.get(group)?.versions ?? [])].reverse();
      const made = versions.flatMap(([number, { entry }]) => {
        const metadata = entry['CustomerMetadataProperties'] as Record<string, string>;
        const owner = ownerOf(metadata ?? {});
        const isIt = owner?.workload === workload && metadata[SOURCE_KEY] === source;
        return isIt ? [{ value: { arn: arnOf(group, number) }, owner }] : [];
      });
      return made.find(({ owner }) => owner.run === run) ?? made[0];
    },
    async createVersion(group, entry, token) {
      const found = world.modelGroups.get(group);
      if (found === undefined) throw new MigrationError('AwsRejected', `there is no group ${group}`);
      for (const [number, version] of found.versions) if (version.token === token) return { arn: arnOf(group, number) };
      found.lastVersion += 1;
      found.versions.set(found.lastVersion, { token, entry, approval: 'PendingManualApproval', status: 'Completed' });
      return { arn: arnOf(group, found.lastVersion) };
    },
    async removeVersion(arn) {
      const [group, number] = placeOf(arn);
      world.modelGroups.get(group)?.versions.delete(number);
    },
  };
}

export function fakeDigests(world: World): ContentDigests {
  const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  return {
    async digestOf({ url, key }, onProgress) {
      const objects = [...objectsUnder(world, url, key)].sort();
      if (objects.length === 0) throw new MigrationError('NotFound', `there are no objects at ${url}`);
      const byteCount = objects.reduce((sum, [, content]) => sum + content.length, 0);
      onProgress(byteCount);
      const list = objects.map(([name, content]) => `${sumOf(content)}  ${name}\n`).join('');
      const sha256 = key === undefined ? sumOf(list) : sumOf(objects[0]?.[1] ?? '');
      return { sha256, objectCount: objects.length, byteCount };
    },
  };
}
