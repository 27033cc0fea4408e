/** Versions in SageMaker's Model Registry: which one moves, where to, and what it is once it has been looked at. */
import type { DataSetSpec } from './spec-data';

/** One version that is entered into a registry in the target's account, with its files. */
export interface ModelPackageSpec {
  readonly name: string;
  /** ARN of a version, or `group/version`. */
  readonly from: string;
  /** Of a `from` that is no ARN. Not there: the spec's own. */
  readonly region?: string;
  /** Name of the model package group; made where there is none. */
  readonly to: string;
  /** Where its files go: `s3://bucket/prefix`, no slash at the end. The bucket is there, or a data set makes it. */
  readonly modelDataTo: string;
  readonly kmsKeyId?: string;
}

export interface ModelPackageReference {
  readonly group: string;
  readonly version: number;
  /** Of an ARN only. */
  readonly region?: string;
  readonly account?: string;
}

const GROUP = '[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}';
const REFERENCE = new RegExp(
  `^(?:arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):(\\d{12}):model-package/)?(${GROUP})/([1-9]\\d{0,8})$`,
);

/** @returns undefined when the text names no version. */
export function parseModelPackage(text: string): ModelPackageReference | undefined {
  const [, region, account, group, version] = REFERENCE.exec(text) ?? [];
  if (group === undefined) return undefined;
  const place = region === undefined || account === undefined ? {} : { region, account };
  return { group, version: Number(version), ...place };
}

/** Whether SageMaker takes it for the name of a model package group. */
export function isGroupName(text: string): boolean {
  return new RegExp(`^${GROUP}$`).test(text);
}

/** Where the version is asked for. */
export function regionOf({ from, region }: ModelPackageSpec, own: string): string {
  return parseModelPackage(from)?.region ?? region ?? own;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** What goes over of a version, in SageMaker's own words. */
export type ModelPackageEntry = Readonly<Record<string, Json>>;

/** Something in S3 that a version names: an object, or all below a prefix. */
export interface ModelPlace {
  readonly kind: 'object' | 'prefix';
  /** As the version names it. */
  readonly from: string;
  /** As the one in the target will. */
  readonly to: string;
}

/** What a version was when it was looked at, once. */
export interface PinnedModelPackage {
  readonly arn: string;
  /** The source's. The one in the target waits for approval, whatever this says. */
  readonly approval: string;
  readonly entry: ModelPackageEntry;
  readonly places: readonly ModelPlace[];
  /** Members that do not go over, and values that go over as they are and point at the source; for people. */
  readonly notCarried: readonly string[];
}

export interface PlaceDigest {
  readonly from: string;
  readonly to: string;
  /** Hex. Of an object its bytes'; of a prefix its list's, one line `sha256  key` an object, as sha256sum prints it. */
  readonly sha256: string;
  readonly objectCount: number;
  readonly byteCount: number;
}

/** Equal on both sides. */
export interface ModelDataProof {
  /** Hex. Of one place its own; of several their list's. */
  readonly sha256: string;
  readonly places: readonly PlaceDigest[];
}

/** A prefix in S3 as something that can be opened, and the one object that is meant, where it is one. */
export interface OpenablePlace {
  readonly url: string;
  readonly key?: string;
}

/** @returns undefined when its address cannot be said as a folder and a key: no S3 address, or empty names in it. */
export function openable(kind: ModelPlace['kind'], address: string): OpenablePlace | undefined {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(address) ?? [];
  if (bucket === undefined || /^\/|\/\//.test(path)) return undefined;
  if (kind === 'prefix') return path.endsWith('/') ? { url: `s3://${bucket}/${path.slice(0, -1)}` } : undefined;
  if (path.endsWith('/')) return undefined;
  const cut = path.lastIndexOf('/');
  return { url: cut < 0 ? `s3://${bucket}` : `s3://${bucket}/${path.slice(0, cut)}`, key: path.slice(cut + 1) };
}

/** The place as a data set, for the copy engine. @param index of the place in its version. */
export function dataSetOf({ name, kmsKeyId }: ModelPackageSpec, place: ModelPlace, index: number): DataSetSpec {
  const [from, to] = [openable(place.kind, place.from), openable(place.kind, place.to)];
  if (from === undefined || to === undefined) throw new Error(`${place.from} has passed the checks and has no folder`);
  return {
    // Not a name that one of the spec's own data sets is likely to have: its memory lies under it.
    name: `model package ${name} ${index}`,
    from: from.url,
    to: to.url,
    ...(from.key === undefined ? {} : { key: from.key }),
    method: 'sdk',
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    infrequentAccessAfterDays: 30,
  };
}
