/** What a history holds: events, and the largest payload in it. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { migrationId } from '../../src/contracts/messages';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

export interface Weight {
  readonly events: number;
  /** Signals that came so close together that one workflow task took several, which in real time would be hours apart. */
  readonly mergedSignals: number;
  readonly payloadBytesMax: number;
  readonly bytes: number;
}

/** Every run of one migration, oldest first. */
export async function weighRuns(client: Client, workload: string): Promise<Weight[]> {
  const weights: Weight[] = [];
  let runId: string | undefined = (await firstRun(client, workload)) ?? undefined;
  while (runId !== undefined) {
    const { events } = await client.workflow.getHandle(migrationId(workload), runId).fetchHistory();
    weights.push(weigh(events ?? []));
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return weights;
}

async function firstRun(client: Client, workload: string): Promise<string | null | undefined> {
  const { raw } = await client.workflow.getHandle(migrationId(workload)).describe();
  return raw.workflowExecutionInfo?.firstRunId;
}

export function weigh(events: readonly HistoryEvent[]): Weight {
  const sizes = events.flatMap((event) => payloadSizes(event));
  return {
    events: events.length,
    mergedSignals: countMerged(events),
    payloadBytesMax: Math.max(0, ...sizes),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function countMerged(events: readonly HistoryEvent[]): number {
  let merged = 0;
  let signals = 0;
  for (const event of events) {
    if (event.workflowExecutionSignaledEventAttributes) signals += 1;
    if (event.workflowTaskStartedEventAttributes) {
      merged += Math.max(0, signals - 1);
      signals = 0;
    }
  }
  return merged;
}

/** A payload is whatever has data and metadata, however deep. */
function payloadSizes(value: unknown): number[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [];
  const { data, metadata } = value as { data?: unknown; metadata?: unknown };
  if (data instanceof Uint8Array && metadata !== null && typeof metadata === 'object') return [data.length];
  return Object.values(value).flatMap(payloadSizes);
}
