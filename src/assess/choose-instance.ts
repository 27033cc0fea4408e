/** Which instance type a workload gets, why, and why not the others. The playbook's rules, then what fits. */
import { checkAccelerator } from '../domain/accelerators';
import type { InstanceType, Market } from '../domain/instance-types';
import { INSTANCE_TYPES } from '../domain/instance-types';
import type { InventoryWorkload } from '../domain/inventory';
import { nearest } from '../domain/nearest';
import { formatDuration } from '../domain/quantity';
import { CHECKPOINT_MAX_MS } from './assumptions';
import { preferenceOf } from './preferences';
import { isForeignChip } from './strategy';

export interface InstanceChoice {
  readonly instanceType: string;
  readonly market: Market;
  readonly count: number;
  readonly hoursPerMonth: number;
  readonly reasons: readonly string[];
  readonly rejected: readonly { readonly instanceType: string; readonly reason: string }[];
  /** What stands in the way of running on it. */
  readonly problems: readonly string[];
  /** What no table knows. */
  readonly unchecked: readonly string[];
}

const HOURS_PER_MONTH = 730;
/** Of an inference fleet: one may fail. */
const INFERENCE_COUNT_MIN = 2;
const GIB = 1024 ** 3;
const REJECTED_MAX = 5;

/** @returns undefined for what needs no machine. */
export function chooseInstance(workload: InventoryWorkload): InstanceChoice | undefined {
  if (workload.kind === 'artefact') return undefined;
  const preference = preferenceOf(workload);
  const candidates = preference.order.flatMap((name) => INSTANCE_TYPES.get(name) ?? []);
  const objections = new Map(candidates.map((type) => [type.name, objectionTo(type, workload)]));
  const first = candidates[0]?.name ?? '';
  const advised = candidates.find(({ name }) => objections.get(name) === undefined)?.name ?? first;
  const name = workload.instanceType ?? advised;
  const type = INSTANCE_TYPES.get(name);
  const ruled =
    name === first || objections.get(first) === undefined
      ? [preference.reason]
      : [preference.reason, `${first} does not fit: ${objections.get(first)}`];
  return {
    instanceType: name,
    ...marketOf(workload),
    count: countOf(workload, type),
    hoursPerMonth: workload.compute?.hoursPerMonth ?? HOURS_PER_MONTH,
    reasons: [
      ...(workload.instanceType === undefined
        ? ruled
        : [`the inventory names it (by the rules ${advised}: ${preference.reason})`]),
      marketOf(workload).why,
    ],
    rejected: candidates
      .filter((each) => each.name !== name)
      .slice(0, REJECTED_MAX)
      .map((each) => ({ instanceType: each.name, reason: objections.get(each.name) ?? whyNot(each, type) })),
    ...doubtsOf(name, type, workload),
  };
}

function doubtsOf(
  name: string,
  type: InstanceType | undefined,
  workload: InventoryWorkload,
): Pick<InstanceChoice, 'problems' | 'unchecked'> {
  if (type === undefined) {
    const known = nearest(name, [...INSTANCE_TYPES.keys()]) ?? closestFamily(name);
    return {
      problems: [
        `instance type ${name} is not in the table${known === undefined ? '' : `; the nearest known one is ${known}`}: its chips, price and quota are not judged`,
      ],
      unchecked: [],
    };
  }
  const framework = frameworkAnswer(type.name, workload);
  const objection = objectionTo(type, workload);
  return {
    problems: objection === undefined ? [] : [`${name}: ${objection}`],
    unchecked: framework.unchecked,
  };
}

/** A known type of the same family and size class, for a name that is far from all of them. */
function closestFamily(name: string): string | undefined {
  const letter = name[0] ?? '';
  return [...INSTANCE_TYPES.keys()].find((known) => known.startsWith(letter));
}

function frameworkAnswer(
  instanceType: string,
  { framework }: InventoryWorkload,
): { problems: readonly string[]; unchecked: readonly string[] } {
  if (framework === undefined) return { problems: [], unchecked: [] };
  const { problems, unchecked } = checkAccelerator({
    instanceType: `ml.${instanceType}`,
    inferenceAmiVersion: undefined,
    cuda: framework.cuda,
    pytorch: framework.pytorch,
    // The driver is that of the image, which nobody has chosen yet.
    cudaCompat: true,
    isEncrypted: false,
  });
  return { problems: problems.map(({ at, problem }) => `${at.at(-1)} ${problem}`), unchecked };
}

/** What stands against a type; undefined: it fits. */
function objectionTo(type: InstanceType, workload: InventoryWorkload): string | undefined {
  const { kind, compute, framework } = workload;
  const isNeuron = /^(inf|trn)/.test(type.name);
  if (isNeuron && framework?.customKernels === true) return 'CUDA kernels of its own do not run on Neuron chips';
  if (isNeuron && kind === 'training' && !isForeignChip(compute?.gpu))
    return 'trains on CUDA today, and would be ported';
  if (compute?.gpuMemoryBytes !== undefined && type.chipMemoryGib * GIB < compute.gpuMemoryBytes)
    return `its chips have ${type.chipMemoryGib} GiB, the model needs ${(compute.gpuMemoryBytes / GIB).toFixed(0)} GiB`;
  if (compute?.memoryBytes !== undefined && type.memoryGib * GIB < compute.memoryBytes)
    return `has ${type.memoryGib} GiB of memory, ${(compute.memoryBytes / GIB).toFixed(0)} GiB are used`;
  if (compute?.vcpus !== undefined && type.chip === undefined && type.vcpus < compute.vcpus)
    return `has ${type.vcpus} vCPUs, ${compute.vcpus} are used`;
  if (compute?.gpu !== undefined && type.chip === undefined) return 'has no GPU';
  // What is built for CUDA is compiled anew for Neuron, so CUDA's version says nothing there.
  return isNeuron ? undefined : frameworkAnswer(type.name, workload).problems[0];
}

function countOf({ kind, compute }: InventoryWorkload, type: InstanceType | undefined): number {
  const machines = compute?.instances ?? 1;
  const least = kind === 'inference' ? INFERENCE_COUNT_MIN : 1;
  if (kind === 'inference' || compute?.gpu === undefined || type === undefined || type.chipCount === 0)
    return Math.max(least, machines);
  return Math.max(least, Math.ceil((machines * compute.gpuCount) / type.chipCount));
}

function marketOf({ kind, checkpointEveryMs, restartable }: InventoryWorkload): { market: Market; why: string } {
  switch (kind) {
    case 'inference':
      return { market: 'on-demand', why: 'on demand: Spot is never used where users wait' };
    case 'training':
      if (checkpointEveryMs !== undefined && checkpointEveryMs <= CHECKPOINT_MAX_MS)
        return { market: 'spot', why: `Spot: a checkpoint every ${formatDuration(checkpointEveryMs)}` };
      return {
        market: 'on-demand',
        why: `on demand: Spot needs a checkpoint every ${formatDuration(CHECKPOINT_MAX_MS)} or oftener, ${checkpointEveryMs === undefined ? 'none is told' : `it is ${formatDuration(checkpointEveryMs)}`}`,
      };
    case 'pipeline':
      return restartable
        ? { market: 'spot', why: 'Spot: a step that is interrupted runs again' }
        : { market: 'on-demand', why: 'on demand: a step cannot run again' };
    case 'notebook':
    case 'artefact':
      return { market: 'on-demand', why: 'on demand: somebody sits before it' };
  }
}

function whyNot(other: InstanceType, chosen: InstanceType | undefined): string {
  if (chosen === undefined) return 'the inventory names another one';
  const perHour = `USD ${other.usdPerHour} an hour`;
  return other.usdPerHour > chosen.usdPerHour
    ? `fits, and is dearer: ${perHour} against ${chosen.usdPerHour}`
    : `cheaper (${perHour}), and behind ${chosen.name} in the rule's order`;
}
