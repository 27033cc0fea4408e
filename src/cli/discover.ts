/** Hosts that somebody else's list names, as an inventory to fill in. Nothing is guessed that a person can know. */
import { parseSpecText } from '../spec';
import { UsageError } from './failure';

export interface CsvRow {
  /** At which it ends in the file. From 1. */
  readonly line: number;
  readonly facts: Facts;
}

const WHOLE_NUMBER = /^[1-9]\d{0,4}$/;
/** Column → its least number: a host may well have no GPU. */
const LEAST = { gpu_count: 0, vcpus: 1, instances: 1 } as const;

/** Several hosts that do the same. */
export interface FoundWorkload {
  readonly name: string;
  readonly instances: number;
  readonly gpu?: string;
  readonly gpuCount?: number;
  readonly vcpus?: number;
}

type Facts = Readonly<Record<string, string>>;

export interface FoundHost {
  readonly workload: string;
  /** `gpu`, `gpu_count`, `vcpus` and `instances`, where they are known. */
  readonly facts: Facts;
}

/** A header line, then a host a line: `workload` and what is known of it (`gpu`, `gpu_count`, `vcpus`, `instances`). */
export function workloadsFromCsv(rows: readonly CsvRow[], file: string): FoundWorkload[] {
  if (rows.length === 0) throw new UsageError(`${file}: has no host`);
  for (const { line, facts } of rows) {
    if ((facts['workload'] ?? '') === '') throw new UsageError(`${file}:${line}: has nothing in the column workload`);
    for (const [column, least] of Object.entries(LEAST)) {
      const text = facts[column] ?? '';
      if (text !== '' && text !== String(least) && !WHOLE_NUMBER.test(text))
        throw new UsageError(`${file}:${line}: ${column} must be a whole number from ${least} to 99999 (got ${text})`);
    }
  }
  return grouped(rows.map(({ facts }) => ({ workload: facts['workload'] ?? '', facts })));
}

interface Group {
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>> | null;
  readonly vars?: Readonly<Record<string, unknown>> | null;
  readonly children?: Readonly<Record<string, Group | null>> | null;
}

/** An Ansible inventory in YAML; every group that has hosts of its own is a workload. */
export function workloadsFromAnsible(text: string, file: string): FoundWorkload[] {
  const document = parseSpecText(text, file);
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new UsageError(`${file}: is no Ansible inventory in YAML (ansible-inventory --list --yaml makes one)`);
  const hosts = Object.entries(document as Record<string, Group | null>).flatMap(([name, group]) =>
    hostsIn(name, group),
  );
  if (hosts.length === 0) throw new UsageError(`${file}: has no host`);
  return grouped(hosts);
}

function hostsIn(name: string, group: Group | null): FoundHost[] {
  const { hosts, vars, children } = group ?? {};
  return [
    ...Object.values(hosts ?? {}).map((own) => ({ workload: name, facts: textsOf({ ...vars, ...own }) })),
    ...Object.entries(children ?? {}).flatMap(([child, below]) => hostsIn(child, below)),
  ];
}

function textsOf(values: Readonly<Record<string, unknown>>): Facts {
  const plain = Object.entries(values).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(plain.map(([key, value]) => [key, String(value)]));
}

interface TargetsAnswer {
  readonly data?: { readonly activeTargets?: readonly { readonly labels?: Facts }[] };
}

const PROMETHEUS_MS_MAX = 10_000;

/** What Prometheus watches: every job is a workload. @throws UsageError when it does not answer, or watches nothing. */
export async function workloadsFromPrometheus(url: string): Promise<FoundWorkload[]> {
  if (!URL.canParse(url))
    throw new UsageError(`--from-prometheus: must be a URL such as http://host:9090 (got ${url})`);
  const answer = await fetch(`${url.replace(/\/+$/, '')}/api/v1/targets?state=active`, {
    signal: AbortSignal.timeout(PROMETHEUS_MS_MAX),
  })
    .then(async (response) => (response.ok ? ((await response.json()) as TargetsAnswer) : response.status))
    .catch((error: unknown) => (error as Error).message);
  if (typeof answer !== 'object') throw new UsageError(`${url}: does not tell its targets: ${answer}`);
  const labels = (answer.data?.activeTargets ?? []).map((target) => target.labels).filter((each) => each !== undefined);
  if (labels.length === 0) throw new UsageError(`${url}: watches no target`);
  return grouped(labels.map((facts) => ({ workload: facts['job'] ?? 'unnamed', facts })));
}

/** A workload for each name; what is known of it is the first host's. */
export function grouped(hosts: readonly FoundHost[]): FoundWorkload[] {
  const found = new Map<string, FoundWorkload>();
  for (const { workload, facts } of hosts) {
    const name = labelOf(workload);
    const before = found.get(name);
    const gpu = facts['gpu'] === '' ? undefined : facts['gpu'];
    found.set(name, {
      ...(gpu === undefined ? {} : { gpu }),
      ...wholeNumber('gpuCount', facts['gpu_count']),
      ...wholeNumber('vcpus', facts['vcpus']),
      ...before,
      name,
      instances: (before?.instances ?? 0) + (wholeNumber('instances', facts['instances']).instances ?? 1),
    });
  }
  return [...found.values()];
}

function wholeNumber<Key extends string>(key: Key, text: string | undefined): Partial<Record<Key, number>> {
  return WHOLE_NUMBER.test(text ?? '') ? ({ [key]: Number(text) } as Partial<Record<Key, number>>) : {};
}

const LABEL_LENGTH_MAX = 63;

/** A DNS label that a person recognises the name in. */
function labelOf(name: string): string {
  const label = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, LABEL_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '');
  return label === '' ? 'unnamed' : label;
}

/** YAML that validates; what a person must look at is marked. */
export function draftInventory(workloads: readonly FoundWorkload[], from: string): string {
  const lines = workloads.flatMap(({ name, instances, gpu, gpuCount, vcpus }) => {
    const known = { instances, gpu, gpuCount, vcpus };
    const told = Object.entries(known).filter(([, value]) => value !== undefined);
    return [
      `  - name: ${name}`,
      '    kind: inference # fill in: artefact, notebook, training, pipeline or inference',
      '    dependsOn: [] # fill in: names of those that must be there first',
      `    compute: {${told.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')}}`,
    ];
  });
  return [
    `# Found in ${from}. Look at every line that says "fill in", then: crossfade assess FILE`,
    'apiVersion: crossfade/v1',
    'kind: inventory',
    'name: found # fill in',
    'region: eu-west-1 # fill in: where it goes',
    'workloads:',
    ...lines,
  ].join('\n');
}
