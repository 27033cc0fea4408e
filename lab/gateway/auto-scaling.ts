/** Auto Scaling: the refusals that AWS makes and moto does not. */
import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { AwsError } from './answer';

export class AutoScalingCorrections {
  constructor(private readonly moto: AutoScalingClient) {}

  /** Throws the AwsError that AWS would answer. */
  async before(operation: string, input: Record<string, unknown>): Promise<void> {
    if (operation !== 'CreateAutoScalingGroup' && operation !== 'DeleteAutoScalingGroup') return;
    const name = String(input['AutoScalingGroupName']);
    const group = await this.find(name);
    if (operation === 'CreateAutoScalingGroup' && group !== undefined) {
      // moto replaces the group, and whoever's instances are in it.
      throw new AwsError(
        'AlreadyExists',
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    }
    if (
      operation === 'DeleteAutoScalingGroup' &&
      (group?.Instances ?? []).length > 0 &&
      input['ForceDelete'] !== true
    ) {
      throw new AwsError(
        'ResourceInUse',
        'You cannot delete an AutoScalingGroup while there are instances or pending instances still in the group.',
      );
    }
  }

  private async find(name: string): Promise<AutoScalingGroup | undefined> {
    const reply = await this.moto.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
    return reply.AutoScalingGroups?.[0];
  }
}
