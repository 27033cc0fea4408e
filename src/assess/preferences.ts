/** In which order instance types are tried for a workload: the playbook's rules. */
import { INSTANCE_TYPES } from '../domain/instance-types';
import type { InventoryWorkload } from '../domain/inventory';

export interface Preference {
  /** The first one that fits is taken. */
  readonly order: readonly string[];
  readonly reason: string;
}

/** From here on a model may answer so slowly that Inferentia pays. */
const NEURON_LATENCY_MS = 50;
/** Of one instance, whatever its type. */
const GPUS_MAX = 8;

const SMALL_GPU = [
  'g5.xlarge',
  'g5.2xlarge',
  'g5.4xlarge',
  'g6e.xlarge',
  'g5.12xlarge',
  'g6e.12xlarge',
  'g5.48xlarge',
  'p4de.24xlarge',
];
const NEURON = ['inf2.xlarge', 'inf2.8xlarge', 'inf2.24xlarge', 'inf2.48xlarge'];
const BATCH = ['c6i.16xlarge', 'm6i.16xlarge', 'r6i.16xlarge'];
const BY_SIZE = ['c6i.xlarge', 'm6i.xlarge', 'r6i.xlarge', 'c6i.4xlarge', 'm6i.4xlarge', 'r6i.4xlarge', ...BATCH];
const DESKS = BY_SIZE.filter((name) => name.startsWith('m6i') || name.startsWith('r6i'));

/** GPUs that are trained on today, and where their work goes. */
const TRAINED_ON: readonly (readonly [gpu: RegExp, order: readonly string[]])[] = [
  [/^(h100|h200|b200)/i, ['p5.48xlarge', 'p4de.24xlarge', 'p4d.24xlarge', 'trn1.32xlarge']],
  [/^a100/i, ['p4d.24xlarge', 'p4de.24xlarge', 'p5.48xlarge', 'g5.48xlarge', 'trn1.32xlarge']],
  [/^v100/i, ['p3.2xlarge', 'p3.8xlarge', 'p3.16xlarge', 'p4d.24xlarge', 'g5.12xlarge']],
  [/^t4/i, ['g4dn.xlarge', 'g4dn.12xlarge', 'g5.xlarge', 'g5.12xlarge', 'p4d.24xlarge']],
  [/^(a10|l4|rtx)/i, ['g5.xlarge', 'g5.12xlarge', 'g5.48xlarge', 'g6e.48xlarge', 'p4d.24xlarge']],
];
const TRAINING = ['p4d.24xlarge', 'p4de.24xlarge', 'p5.48xlarge', 'g5.48xlarge', 'p3.16xlarge'];

export function preferenceOf(workload: InventoryWorkload): Preference {
  const { kind, compute } = workload;
  switch (kind) {
    case 'training':
      return trainingOf(compute);
    case 'inference':
      return inferenceOf(workload);
    case 'pipeline':
      return compute?.gpu === undefined
        ? { order: BATCH, reason: 'batch work goes to c6i.16xlarge' }
        : { order: SMALL_GPU, reason: `a step uses a GPU today (${compute.gpu})` };
    case 'notebook':
      return compute?.gpu === undefined
        ? { order: DESKS, reason: 'the smallest that holds what is used today' }
        : { order: SMALL_GPU, reason: `tried on a GPU today (${compute.gpu}); a small one is enough to write code on` };
    case 'artefact':
      return { order: [], reason: 'files need no machine' };
  }
}

function trainingOf(compute: InventoryWorkload['compute']): Preference {
  const gpu = compute?.gpu;
  if (compute !== undefined && gpu === undefined)
    return { order: BATCH, reason: 'trains without a GPU, as batch work: c6i.16xlarge' };
  if (gpu === undefined) return { order: TRAINING, reason: 'training goes to p4d.24xlarge; compute is not told' };
  const known = TRAINED_ON.find(([name]) => name.test(gpu))?.[1];
  if (known === undefined)
    return { order: TRAINING, reason: `training goes to p4d.24xlarge; nothing is known of ${gpu}` };
  const fitting = known.filter((name) => !isTooSmall(name, compute?.gpuCount ?? 1));
  const order = [...fitting, ...known.filter((name) => !fitting.includes(name))];
  return {
    order,
    reason: `trains on ${compute?.gpuCount} × ${gpu} a machine today: ${order[0]} has the same GPU or the next one`,
  };
}

function isTooSmall(name: string, gpuCount: number): boolean {
  return (INSTANCE_TYPES.get(name)?.chipCount ?? 0) < Math.min(gpuCount, GPUS_MAX);
}

function inferenceOf({ latencyMaxMs, compute }: InventoryWorkload): Preference {
  if (compute !== undefined && compute.gpu === undefined)
    return { order: [...BY_SIZE, ...SMALL_GPU], reason: 'serves without a GPU today: the smallest that holds it' };
  if (latencyMaxMs === undefined)
    return {
      order: [...SMALL_GPU, ...NEURON.slice(0, 1)],
      reason: 'latencyMax is not told, so the strictest is taken: g5.xlarge',
    };
  if (latencyMaxMs < NEURON_LATENCY_MS)
    return { order: SMALL_GPU, reason: `must answer within ${latencyMaxMs} ms: g5.xlarge` };
  return {
    order: [...NEURON, ...SMALL_GPU],
    reason: `may take ${latencyMaxMs} ms: Inferentia2 costs 40 to 60 % less for an answer, once the model is compiled for it`,
  };
}
