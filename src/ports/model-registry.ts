/**
 * SageMaker's Model Registry: groups of model packages, and the versions in them.
 *
 * Errors of every call: `AwsDenied`, `AwsRejected`, `AwsUnavailable`.
 */
import type { ModelPackageEntry, ModelPackageSpec } from '../domain/model-package';
import type { Owner } from '../domain/resources';
import type { Found } from './traffic-router';

export interface RegisteredModel {
  readonly arn: string;
  readonly status: 'Pending' | 'InProgress' | 'Completed' | 'Failed' | 'Deleting';
  /** Why it failed; undefined: it did not, or nobody says. */
  readonly failureReason?: string;
  /** `Approved`, `Rejected`, `PendingManualApproval`. */
  readonly approval: string;
  /** What can be asked for when one is made. */
  readonly entry: ModelPackageEntry;
  /** Other members that it has. */
  readonly others: readonly string[];
}

export interface ModelRegistry {
  /** @param region of the source. @throws NotFound. */
  readSource(modelPackage: ModelPackageSpec, region: string): Promise<RegisteredModel>;
  findGroup(name: string): Promise<Found<{ readonly arn: string }> | undefined>;
  createGroup(name: string, owner: Owner): Promise<{ readonly arn: string }>;
  /** @returns whether it is gone; false: there are versions in it. */
  removeEmptyGroup(name: string): Promise<boolean>;
  /**
   * The version that a workload has made of a source; a run's own before those of others, the newest first.
   * @param source ARN. @returns undefined also where there is no such group.
   */
  findVersion(group: string, source: string, owner: Owner): Promise<Found<{ readonly arn: string }> | undefined>;
  /** Waits for approval, whatever the source said. @param token the same for every attempt at one version. */
  createVersion(group: string, entry: ModelPackageEntry, token: string): Promise<{ readonly arn: string }>;
  /** @throws NotFound. */
  readVersion(arn: string): Promise<RegisteredModel>;
  /** Accepts what is gone. */
  removeVersion(arn: string): Promise<void>;
}
