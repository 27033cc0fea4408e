import type { OwnedSpec } from './spec';

/** Names and tags of what Crossfade builds. One workload has one of each, so a name can be found before it is created. */

/** Who built a resource: read from its tags. */
export interface Owner {
  readonly workload: string;
  /** The migration's UUID; stable across continue-as-new and across retries. */
  readonly run: string;
}

export const TAG_WORKLOAD = 'crossfade:workload';
export const TAG_RUN = 'crossfade:run';
/** On the router's rule or listener: generation and wanted weights (`formatShiftTag`). */
export const TAG_SHIFT = 'crossfade:shift';
/** On the router's rule or listener: the workload that holds the claim. For people; the lock is the claim workflow. */
export const TAG_CLAIM = 'crossfade:claim';
/** On an endpoint, followed by the name of a variant: how many instances it had when it carried all of the traffic. */
export const TAG_INSTANCES = 'crossfade:instances:';
/** On an endpoint configuration that a target joins an endpoint with: the one that the endpoint had before. */
export const TAG_CONFIG_BEFORE = 'crossfade:config-before';
/** On an endpoint, followed by the name of a variant: what of its scaling is held (`in`, `scheduled`, both by a plus). */
export const TAG_SCALING_HELD = 'crossfade:scaling-held:';
/** On a location of DataSync: data set and side, such as `models:source`. */
export const TAG_DATA_SET = 'crossfade:data-set';
/** On an execution of DataSync: the call that asked for it, the same in every attempt. */
export const TAG_START = 'crossfade:start';
/** On a source Auto Scaling group whose capacity is frozen: its MinSize before. */
export const TAG_MIN_BEFORE = 'crossfade:min-size-before';

/** Longest workload name. A target group's name has at most 32 characters, and ours starts with `crossfade-`. */
export const WORKLOAD_LENGTH_MAX = 22;

/** Launch template, target group and Auto Scaling group all bear this name. */
export function resourceName(workload: string): string {
  return `crossfade-${workload}`;
}

export function ownerTags(owner: Owner): Record<string, string> {
  return { [TAG_WORKLOAD]: owner.workload, [TAG_RUN]: owner.run };
}

/** Our shadow variant on an endpoint. Not our production variant's name: SageMaker keeps the weight of what stays. */
export const SHADOW_VARIANT = 'crossfade-shadow';

/** The configuration of an endpoint with our shadow variant on it. */
export function shadowConfigName(workload: string): string {
  return `${resourceName(workload)}-shadow`;
}

/** Everything that decommission may stop. */
export function namesOf({ autoScalingGroups, instances, endpoints = [] }: OwnedSpec): string[] {
  return [...autoScalingGroups, ...instances, ...endpoints];
}

/** @returns undefined when the tags are not ours, or not whole. */
export function ownerOf(tags: Readonly<Record<string, string>>): Owner | undefined {
  const workload = tags[TAG_WORKLOAD];
  const run = tags[TAG_RUN];
  return workload === undefined || run === undefined ? undefined : { workload, run };
}

export interface BucketLocation {
  readonly bucket: string;
  /** Without slashes at either end; empty for the whole bucket. */
  readonly prefix: string;
}

/** @returns undefined when the text is not `s3://bucket[/prefix]`. */
export function parseS3Url(url: string): BucketLocation | undefined {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url);
  if (!match) return undefined;
  return { bucket: match[1] as string, prefix: (match[2] ?? '').replace(/^\/+|\/+$/g, '') };
}

/** Whether something can lie in both. */
export function doOverlap(a: BucketLocation, b: BucketLocation): boolean {
  if (a.bucket !== b.bucket) return false;
  return (
    `${a.prefix}/`.startsWith(`${b.prefix}/`) ||
    `${b.prefix}/`.startsWith(`${a.prefix}/`) ||
    a.prefix === '' ||
    b.prefix === ''
  );
}
