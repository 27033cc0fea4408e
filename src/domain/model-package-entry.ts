/** What stands in an entry of the Model Registry: places in S3 and images, found, checked and written anew. Pure. */
import { MigrationError } from './errors';
import type { Json, ModelPackageEntry, ModelPlace } from './model-package';
import { openable } from './model-package';

/** What an entry of the target says beside what the source's says: whose it is, and where it comes from. */
export const SOURCE_KEY = 'crossfade:source';
export const APPROVAL_KEY = 'crossfade:source-approval';
export const SHA256_KEY = 'crossfade:sha256';
/** Of all keys of ours. */
const OUR_KEYS = 'crossfade:';

/** Members that SageMaker fills in by itself, from objects and images as they are there. */
const FILLED_IN = new Set(['ETag', 'ManifestEtag', 'ModelDataETag']);
/** Members whose keys are the user's. */
const ENVIRONMENT = 'Environment';
const METADATA = 'CustomerMetadataProperties';
/** SageMaker's own limit, and how many of ours there are at most. */
const METADATA_MAX = 50;
const OUR_METADATA_MAX = 5;
/** An entry is kept in the migration's state. Unit: characters. */
const ENTRY_LENGTH_MAX = 128 * 1024;
/** What names something that is not in a bucket of one's own, or that cannot be read from outside. */
const UNMOVABLE: Readonly<Record<string, string>> = {
  ProductId: 'is sold on AWS Marketplace',
  HubAccessConfig: 'is in a hub',
  ManifestS3Uri: 'is listed by a manifest that names the source',
};

interface Visit {
  /** @returns what stands there afterwards. */
  place(kind: ModelPlace['kind'], address: string, at: string): string;
  image(reference: string, digest: string | undefined): string;
  /** A value of a container's environment that is an address in S3. */
  variable(address: string, at: string): string;
  unmovable(why: string, at: string): void;
}

const ARCHIVE = /\.(tar\.gz|tgz)$/;

function walk(value: Json, at: string, visit: Visit): Json {
  if (isList(value)) return value.map((item, index) => walk(item, `${at}[${index}]`, visit));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([key]) => !FILLED_IN.has(key));
  return Object.fromEntries(members.map(([key, member]) => [key, walkMember(value, key, member, at, visit)]));
}

function walkMember(node: Readonly<Record<string, Json>>, key: string, member: Json, at: string, visit: Visit): Json {
  const path = at === '' ? key : `${at}.${key}`;
  if (UNMOVABLE[key] !== undefined) visit.unmovable(UNMOVABLE[key], path);
  if (key === METADATA) return member;
  if (key === ENVIRONMENT) return walkEnvironment(member, path, visit);
  if (typeof member !== 'string') return walk(member, path, visit);
  switch (key) {
    case 'ModelDataUrl':
    case 'SamplePayloadUrl':
      return visit.place('object', member, path);
    case 'S3Uri':
      return visit.place(node['S3DataType'] === 'S3Prefix' ? 'prefix' : 'object', member, path);
    case 'Image':
      return visit.image(member, textOf(node['ImageDigest']));
    default:
      return member;
  }
}

function walkEnvironment(variables: Json, at: string, visit: Visit): Json {
  if (variables === null || typeof variables !== 'object' || isList(variables)) return variables;
  const written = (name: string, value: Json): Json => {
    if (typeof value !== 'string' || !value.startsWith('s3://')) return value;
    return ARCHIVE.test(value) ? visit.place('object', value, `${at}.${name}`) : visit.variable(value, `${at}.${name}`);
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, written(name, value)]));
}

export interface NamedImage {
  readonly reference: string;
  /** As which the registry has entered it; undefined: it says none. */
  readonly digest: string | undefined;
}

export interface EntryContent {
  readonly places: readonly ModelPlace[];
  readonly images: readonly NamedImage[];
  /** Variables of containers that name something in S3 and go over as they are. */
  readonly variables: readonly string[];
}

/**
 * What an entry names; each place once, under a folder of its own number.
 * @param modelDataTo `s3://bucket/prefix`. @throws ModelPackageUnmovable, which names all that is in the way.
 */
export function contentOf(entry: ModelPackageEntry, modelDataTo: string, what: string): EntryContent {
  const found = new Map<string, ModelPlace>();
  const images: NamedImage[] = [];
  const variables: string[] = [];
  const problems: string[] = [];
  walk(entry, '', {
    place(kind, from, at) {
      const opened = openable(kind, from);
      if (opened === undefined) problems.push(`${at}: ${from} ${kind === 'prefix' ? NO_PREFIX : NO_OBJECT}`);
      else if (!found.has(from))
        found.set(from, { kind, from, to: `${modelDataTo}/${found.size}/${opened.key ?? ''}` });
      return from;
    },
    image: (reference, digest) => (images.push({ reference, digest }), reference),
    variable: (address, at) => (variables.push(`${at} (${address})`), address),
    unmovable: (why, at) => void problems.push(`${at} ${why}`),
  });
  problems.push(...limitsPassed(entry));
  if (problems.length > 0) throw new MigrationError('ModelPackageUnmovable', `${what}: ${problems.join('; ')}`);
  return { places: [...found.values()], images, variables };
}

const NO_PREFIX = 'must be s3://bucket/prefix/, with a slash at its end and no empty names';
const NO_OBJECT = 'must be s3://bucket/key without empty names';

function limitsPassed(entry: ModelPackageEntry): string[] {
  const problems: string[] = [];
  const { InferenceSpecification: served, CustomerMetadataProperties: metadata } = entry;
  if (served === undefined) problems.push('it has no InferenceSpecification (registered from an algorithm?)');
  const metadataCount = foreignKeys(metadata).length;
  if (metadataCount > METADATA_MAX - OUR_METADATA_MAX)
    problems.push(
      `${METADATA} has ${metadataCount} keys: ${OUR_METADATA_MAX} of SageMaker's ${METADATA_MAX} are needed`,
    );
  const { length } = JSON.stringify(entry);
  if (length > ENTRY_LENGTH_MAX) problems.push(`it has ${length} characters, ${ENTRY_LENGTH_MAX} at most can be moved`);
  return problems;
}

/** What is asked of SageMaker in the target. @param ours metadata beside the source's own. */
export function entryInTarget(
  entry: ModelPackageEntry,
  places: readonly ModelPlace[],
  imageOf: (reference: string, digest: string | undefined) => string,
  ours: Readonly<Record<string, string>>,
): ModelPackageEntry {
  const moved = new Map(places.map(({ from, to }) => [from, to]));
  const written = walk(entry, '', {
    place(_kind, from) {
      const to = moved.get(from);
      if (to === undefined) throw new Error(`${from} is in the entry and was not copied`);
      return to;
    },
    image: imageOf,
    variable: (address) => address,
    unmovable: () => undefined,
  }) as ModelPackageEntry;
  const { [METADATA]: metadata } = written;
  const named = (metadata ?? {}) as Readonly<Record<string, Json>>;
  const kept: Record<string, Json> = {};
  for (const key of foreignKeys(metadata)) kept[key] = named[key] ?? '';
  return { ...written, [METADATA]: { ...kept, ...ours } };
}

/** One that was moved before has keys of ours: they are about another move. */
function foreignKeys(metadata: Json | undefined): string[] {
  return Object.keys(metadata ?? {}).filter((key) => !key.startsWith(OUR_KEYS));
}

/** By path, at most 20: what was asked for and is not so. What SageMaker fills in by itself is not looked at. */
export function differencesIn(wanted: ModelPackageEntry, found: ModelPackageEntry): string[] {
  const differences: string[] = [];
  const members = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  for (const member of members) compare(wanted[member] ?? DEFAULTS[member], found[member], member, differences);
  return differences.slice(0, DIFFERENCES_MAX);
}

const DIFFERENCES_MAX = 20;
/** What SageMaker makes of members that nobody asked for. */
const DEFAULTS: ModelPackageEntry = { ModelPackageRegistrationType: 'Registered', SkipModelValidation: 'None' };

function compare(wanted: Json | undefined, found: Json | undefined, at: string, differences: string[]): void {
  // A member with its default is told, or is not.
  if (isEmpty(found) && (isEmpty(wanted) || wanted === DEFAULTS[at])) return;
  if (isList(wanted) && isList(found) && wanted.length === found.length) {
    for (const [index, item] of wanted.entries()) compare(item, found[index], `${at}[${index}]`, differences);
    return;
  }
  if (isNode(wanted) && isNode(found)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      // The registry looks up what an image is where nobody said it.
      const isFilledIn = FILLED_IN.has(key) || (key === 'ImageDigest' && wanted[key] === undefined);
      if (!isFilledIn) compare(wanted[key], found[key], `${at}.${key}`, differences);
    }
    return;
  }
  if (wanted !== found) differences.push(`${at} is ${show(found)} and should be ${show(wanted)}`);
}

/** SageMaker tells a list that has nothing in it, or tells none. */
function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isNode = (value: Json | undefined): value is { readonly [member: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);
const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const show = (value: Json | undefined): string =>
  (value === undefined ? 'not there' : JSON.stringify(value)).slice(0, 200);
