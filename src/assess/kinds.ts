/** What Crossfade does of each kind of workload, and what stays with people. */
import type { WorkloadKind } from '../domain/inventory';

export type CarriedOut = 'migrated by crossfade migrate' | 'moved by crossfade data' | 'planned, not executed';

export interface KindPart {
  readonly part: string;
  readonly carriedOut: CarriedOut;
}

const DATA: KindPart = {
  part: 'its data (objects and files; databases are planned)',
  carriedOut: 'moved by crossfade data',
};
const planned = (...parts: readonly string[]): KindPart[] =>
  parts.map((part) => ({ part, carriedOut: 'planned, not executed' }));

export const KIND_PARTS: Readonly<Record<WorkloadKind, readonly KindPart[]>> = {
  artefact: [
    { part: 'models, checkpoints and their registry as files', carriedOut: 'moved by crossfade data' },
    ...planned('container images, the registry service itself'),
  ],
  notebook: [DATA, ...planned('the notebook servers and their environments', 'access of their owners')],
  training: [DATA, ...planned('the training jobs', 'checkpoints to S3, Spot handling', 'schedules')],
  pipeline: [DATA, ...planned('the steps and their orchestrator', 'triggers and schedules', 'database change capture')],
  inference: [
    {
      part: 'servers or endpoint, traffic, rollback, the end of the source',
      carriedOut: 'migrated by crossfade migrate',
    },
    {
      part: 'images, registry entries of models and databases that its spec names',
      carriedOut: 'migrated by crossfade migrate',
    },
    { part: 'its data (objects and files)', carriedOut: 'moved by crossfade data' },
    ...planned('tables, keys and indexes of a database that is not there yet'),
  ],
};

export const STAGES: Readonly<Record<WorkloadKind, { readonly rank: number; readonly stage: string }>> = {
  artefact: { rank: 0, stage: 'development and experiments' },
  notebook: { rank: 0, stage: 'development and experiments' },
  training: { rank: 1, stage: 'batch training' },
  pipeline: { rank: 2, stage: 'data pipelines' },
  inference: { rank: 3, stage: 'inference' },
};
