import { MigrationError } from '../../../src/domain/errors';
import type { Compute } from '../../../src/ports/compute';
import type { FakeAutoScalingGroup, World } from './world';

type Templates = Pick<Compute, 'findLaunchTemplate' | 'createLaunchTemplate' | 'deleteLaunchTemplate'>;
type Capacity = Pick<
  Compute,
  'freezeCapacity' | 'unfreezeCapacity' | 'findInstances' | 'terminateInstances' | 'tagAutoScalingGroup'
>;
type Groups = Omit<Compute, keyof Templates | keyof Capacity>;

export function fakeCompute(world: World): Compute {
  return { ...templates(world), ...groups(world), ...capacity(world) };
}

function groupOf(world: World, name: string): FakeAutoScalingGroup {
  const group = world.autoScalingGroups.get(name);
  if (group === undefined) throw new MigrationError('NotFound', `there is no Auto Scaling group ${name}`);
  return group;
}

function templates(world: World): Templates {
  return {
    async findLaunchTemplate(name) {
      const template = world.launchTemplates.get(name);
      return template && { value: { id: template.id }, owner: template.owner };
    },
    async createLaunchTemplate(name, _target, owner) {
      if (world.launchTemplates.has(name))
        throw new MigrationError('AwsRejected', `AlreadyExists: launch template ${name}`);
      const id = world.id('lt');
      world.launchTemplates.set(name, { id, owner });
      return { id };
    },
    async deleteLaunchTemplate(id) {
      for (const [name, template] of world.launchTemplates) if (template.id === id) world.launchTemplates.delete(name);
    },
  };
}

function groups(world: World): Groups {
  return {
    async findAutoScalingGroup(name) {
      const group = world.autoScalingGroups.get(name);
      if (group === undefined) return undefined;
      const { minSize, desiredCapacity, maxSize, owner } = group;
      return { value: { name, minSize, desiredCapacity, maxSize, instanceCount: desiredCapacity }, owner };
    },
    async createAutoScalingGroup(name, target, launchTemplateId, targetGroupArn, owner) {
      if (world.autoScalingGroups.has(name))
        throw new MigrationError('AwsRejected', `AlreadyExists: Auto Scaling group ${name}`);
      if (![...world.launchTemplates.values()].some((template) => template.id === launchTemplateId)) {
        throw new MigrationError('AwsRejected', `there is no launch template ${launchTemplateId}`);
      }
      world.autoScalingGroups.set(name, {
        name,
        owner,
        targetGroupArn,
        createdAtMs: world.now(),
        minSize: target.min,
        desiredCapacity: target.desired,
        maxSize: target.max,
        tags: {},
      });
    },
    async putScalingPolicy(name, target) {
      groupOf(world, name).scalesOn = `${target.scaleOn?.namespace}/${target.scaleOn?.metric}`;
    },
    async deleteAutoScalingGroup(name) {
      world.autoScalingGroups.delete(name);
    },
  };
}

function capacity(world: World): Capacity {
  return {
    async freezeCapacity(name) {
      const group = groupOf(world, name);
      group.frozenFrom ??= group.minSize;
      group.minSize = group.desiredCapacity;
    },
    async unfreezeCapacity(name) {
      const group = world.autoScalingGroups.get(name);
      if (group?.frozenFrom === undefined) return;
      group.minSize = group.frozenFrom;
      group.frozenFrom = undefined;
    },
    async findInstances(ids) {
      return ids.filter((id) => world.instances.get(id) === 'running');
    },
    async terminateInstances(ids) {
      for (const id of ids) world.instances.set(id, 'terminated');
    },
    async tagAutoScalingGroup(name, tags) {
      Object.assign(groupOf(world, name).tags, tags);
    },
  };
}
