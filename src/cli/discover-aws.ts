/** Hosts as the tags of an AWS account name them. The account is only read, with the operator's own credentials. */
import { awsCodeOf } from '../adapters/aws-errors';
import type { Account, InstanceTypeFacts, TaggedInstanceFacts } from '../ports/account';
import type { Cli } from './cli';
import type { FoundHost, FoundWorkload } from './discover';
import { grouped } from './discover';
import { UsageError } from './failure';

export interface TagFlags {
  /** Region. */
  readonly fromAws?: string;
  /** Key of the tag whose value is the workload's name. */
  readonly tag?: string;
  /** `key=value`, each. */
  readonly only?: readonly string[];
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const KEYS_SHOWN = 20;

/** Every instance that runs; one without the tag is counted and left out. @throws UsageError; AwsDenied, AwsUnavailable. */
export async function workloadsFromAws(
  cli: Cli,
  region: string,
  { tag, only = [] }: TagFlags,
): Promise<FoundWorkload[]> {
  const place = `--from-aws ${region}`;
  if (!REGION.test(region)) throw new UsageError(`${place}: must be a region such as eu-west-1`);
  if (tag === undefined || tag === '')
    throw new UsageError(`${place}: needs --tag KEY, the tag whose value is the name of the workload`);
  const account = cli.openAccount(region);
  const running = await withCredentials(place, () => account.taggedInstances(tagsOf(only)));
  if (running.length === 0)
    throw new UsageError(`${place}: no instance runs there${only.length === 0 ? '' : ` with ${only.join(' and ')}`}`);
  const named = running.filter(({ tags }) => (tags[tag] ?? '') !== '');
  if (named.length === 0)
    throw new UsageError(`${place}: of ${running.length} instance(s) none has the tag ${tag}; ${keysOf(running)}`);
  const leftOut = running.length - named.length;
  if (leftOut > 0) cli.io.err(`${leftOut} of ${running.length} instances have no tag ${tag}, and are left out`);
  return grouped(await hostsOf(account, named, tag));
}

function tagsOf(only: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    only.map((text) => {
      const [, key = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (key === '') throw new UsageError(`--only ${text}: must be KEY=VALUE`);
      return [key, value];
    }),
  );
}

async function withCredentials<T>(place: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (awsCodeOf(error) !== 'CredentialsProviderError') throw error;
    throw new UsageError(`${place}: there are no AWS credentials; AWS_PROFILE names those of a profile`);
  }
}

/** A key that was mistyped is seen beside the right one. */
function keysOf(running: readonly TaggedInstanceFacts[]): string {
  const keys = [...new Set(running.flatMap(({ tags }) => Object.keys(tags)))].sort();
  if (keys.length === 0) return 'they have no tags';
  return `they have ${keys.slice(0, KEYS_SHOWN).join(', ')}${keys.length > KEYS_SHOWN ? ', …' : ''}`;
}

async function hostsOf(account: Account, named: readonly TaggedInstanceFacts[], tag: string): Promise<FoundHost[]> {
  const types = await account.instanceTypes([...new Set(named.map(({ instanceType }) => instanceType))]);
  const byName = new Map(types.map((type) => [type.name, type]));
  return named.map(({ tags, instanceType }) => ({
    workload: tags[tag] ?? '',
    facts: factsOf(byName.get(instanceType)),
  }));
}

function factsOf(type: InstanceTypeFacts | undefined): Readonly<Record<string, string>> {
  if (type === undefined) return {};
  const { vcpus, gpu, gpuCount } = type;
  return { vcpus: String(vcpus), ...(gpu === undefined ? {} : { gpu, gpu_count: String(gpuCount) }) };
}
