import type { Owner } from '../domain/resources';
import type { Ec2TargetSpec } from '../domain/spec';
import type { Found } from './traffic-router';

export interface AutoScalingGroupState {
  readonly name: string;
  readonly minSize: number;
  readonly desiredCapacity: number;
  readonly maxSize: number;
  readonly instanceCount: number;
}

/** EC2 and Auto Scaling. Errors: `NotExactlyOne`, `AwsDenied`, `AwsRejected`, `AwsUnavailable`. */
export interface Compute {
  findLaunchTemplate(name: string): Promise<Found<{ id: string }> | undefined>;
  createLaunchTemplate(name: string, target: Ec2TargetSpec, owner: Owner): Promise<{ id: string }>;
  /** Accepts one that is not there. */
  deleteLaunchTemplate(id: string): Promise<void>;

  findAutoScalingGroup(name: string): Promise<Found<AutoScalingGroupState> | undefined>;
  createAutoScalingGroup(
    name: string,
    target: Ec2TargetSpec,
    launchTemplateId: string,
    targetGroupArn: string,
    owner: Owner,
  ): Promise<void>;
  putScalingPolicy(name: string, target: Ec2TargetSpec): Promise<void>;
  /** Terminates its instances too; done when group and instances are gone or going. Accepts one that is not there. */
  deleteAutoScalingGroup(name: string): Promise<void>;

  /** Sets MinSize to DesiredCapacity and remembers the old MinSize in a tag. Twice is once. */
  freezeCapacity(name: string): Promise<void>;
  /** Puts the remembered MinSize back. Accepts a group that is not frozen or not there. */
  unfreezeCapacity(name: string): Promise<void>;

  /** Only those of `instanceIds` that exist and are not terminated. */
  findInstances(instanceIds: readonly string[]): Promise<string[]>;
  terminateInstances(instanceIds: readonly string[]): Promise<void>;
  tagAutoScalingGroup(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
}
