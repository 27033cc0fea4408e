/** What an operator knows of the workloads that are to move. Made by `spec/parse-inventory.ts` only. */
import type { InstanceQuotaName, Market } from './instance-types';
import type { EpochMs, Milliseconds } from './quantity';
import type { DataKind, ExpectedData } from './spec-data';

/** In the playbook's order: development and experiments, batch training, data pipelines, inference. */
export const WORKLOAD_KINDS = ['artefact', 'notebook', 'training', 'pipeline', 'inference'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export type RunsOn = 'bare-metal' | 'virtual-machine' | 'container' | 'managed';

export interface Inventory {
  readonly name: string;
  /** Where everything goes. */
  readonly region: string;
  /** When the first wave may begin; undefined: times are counted from day 0. */
  readonly startMs?: EpochMs;
  /** When everything must have moved. */
  readonly deadlineMs?: EpochMs;
  /** Workloads that move at the same time. */
  readonly parallel: number;
  /** What a day of a person's work costs; undefined: work is not priced. */
  readonly dayRateUsd?: number;
  /** What the account may run; what is not there is not known. Unit: vCPUs. */
  readonly quotas: Readonly<Record<Market, Readonly<Partial<Record<InstanceQuotaName, number>>>>>;
  readonly workloads: readonly InventoryWorkload[];
}

export interface InventoryWorkload {
  readonly name: string;
  readonly kind: WorkloadKind;
  readonly owner?: string;
  readonly runsOn: RunsOn;
  readonly dependsOn: readonly Dependency[];
  /** undefined: not told. */
  readonly compute?: ComputeToday;
  /** On AWS, where the operator has decided. */
  readonly instanceType?: string;
  /** Longest accepted P99 of an answer. */
  readonly latencyMaxMs?: Milliseconds;
  /** Regions that its data may be in; undefined: any. */
  readonly residency?: readonly string[];
  readonly framework?: InventoryFramework;
  /** Of a training run; undefined: it keeps none. */
  readonly checkpointEveryMs?: Milliseconds;
  /** Whether a pipeline's step may be run again after it was interrupted. */
  readonly restartable: boolean;
  readonly monthlyUsdNow?: number;
  readonly requestsPerSecond?: number;
  /** Request and answer together, between availability zones. */
  readonly requestBytes?: number;
  readonly data: readonly InventoryData[];
}

export interface Dependency {
  readonly on: string;
  /** What crosses between the two. */
  readonly bytesPerDay?: number;
  /** Longest accepted round trip between the two. */
  readonly latencyMaxMs?: Milliseconds;
}

/** Of one machine, and how many there are. */
export interface ComputeToday {
  readonly instances: number;
  /** `A100`; undefined: none. */
  readonly gpu?: string;
  readonly gpuCount: number;
  /** That the model needs. */
  readonly gpuMemoryBytes?: number;
  readonly vcpus?: number;
  readonly memoryBytes?: number;
  /** For which it runs; 730 is always. */
  readonly hoursPerMonth: number;
}

export interface InventoryFramework {
  readonly name?: string;
  readonly cuda?: string;
  readonly pytorch?: string;
  /** CUDA kernels of its own: they run on no other chip. */
  readonly customKernels: boolean;
}

export interface InventoryData {
  readonly name: string;
  readonly from: string;
  readonly kind: DataKind;
  readonly expected: ExpectedData;
}
