/** Rehost, replatform or refactor. */
import type { InventoryWorkload, RunsOn } from '../domain/inventory';

export type Strategy = 'rehost' | 'replatform' | 'refactor';
const STRATEGIES: readonly Strategy[] = ['rehost', 'replatform', 'refactor'];

export interface StrategyChoice {
  readonly strategy: Strategy;
  readonly reason: string;
  readonly rejected: readonly { readonly strategy: Strategy; readonly reason: string }[];
  /** Whether it goes step by step under load, or at once. */
  readonly approach: 'phased' | 'big bang';
}

/** Accelerators that code cannot be carried over from as it is. */
const FOREIGN_CHIP = /^(tpu|mi\d|gaudi|habana)/i;

export function isForeignChip(gpu: string | undefined): boolean {
  return gpu !== undefined && FOREIGN_CHIP.test(gpu);
}

export function chooseStrategy(workload: InventoryWorkload): StrategyChoice {
  const { strategy, reason } = advise(workload);
  return {
    strategy,
    reason,
    rejected: STRATEGIES.filter((each) => each !== strategy).map((each) => ({
      strategy: each,
      reason: whyNot(each, workload),
    })),
    approach: workload.kind === 'inference' || workload.kind === 'pipeline' ? 'phased' : 'big bang',
  };
}

interface Advice {
  readonly strategy: Strategy;
  readonly reason: string;
}

function advise({ kind, runsOn, compute, framework }: InventoryWorkload): Advice {
  if (kind === 'artefact') return { strategy: 'rehost', reason: 'files stay files: they are copied and proven' };
  if (isForeignChip(compute?.gpu))
    return {
      strategy: 'refactor',
      reason: `written for ${compute?.gpu}, which AWS does not have: it is ported to CUDA or Neuron`,
    };
  if (runsOn === 'managed' && kind === 'pipeline')
    return { strategy: 'refactor', reason: "its steps are written for another cloud's service" };
  if (framework?.customKernels === true || runsOn === 'bare-metal' || runsOn === 'virtual-machine')
    return {
      strategy: 'rehost',
      reason:
        framework?.customKernels === true
          ? 'kernels of its own want the same kind of GPU and nothing else changed at the same time'
          : `runs on ${WORDS[runsOn]}: instances of its own take it as it is`,
    };
  return { strategy: 'replatform', reason: `${WORDS[runsOn]} ${MANAGED[kind]}` };
}

const WORDS: Readonly<Record<RunsOn, string>> = {
  'bare-metal': 'bare metal',
  'virtual-machine': 'virtual machines',
  container: 'a container',
  managed: 'a managed service',
};

const MANAGED: Readonly<Record<Exclude<InventoryWorkload['kind'], 'artefact'>, string>> = {
  notebook: 'goes to SageMaker Studio, where idle machines end by themselves',
  training: 'goes to SageMaker training jobs: paid while they run, restarted from checkpoints',
  pipeline: 'goes to a managed orchestrator with the same images',
  inference: 'goes to a SageMaker endpoint, or to instances behind a load balancer',
};

function whyNot(strategy: Strategy, { kind, runsOn }: InventoryWorkload): string {
  switch (strategy) {
    case 'rehost':
      return runsOn === 'managed'
        ? 'there is no machine to take over'
        : 'keeps machines to look after where none are needed';
    case 'replatform':
      return kind === 'artefact' ? 'files have no platform' : 'two changes at once: move first, then change';
    case 'refactor':
      return 'nothing in it forces a rewrite';
  }
}
