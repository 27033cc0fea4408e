import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { describe } from './details';
import type { Run } from './run';

export const PHASE = defineSearchAttributeKey('CrossfadePhase', SearchAttributeType.KEYWORD);
const WORKLOAD = defineSearchAttributeKey('CrossfadeWorkload', SearchAttributeType.KEYWORD);
const VERDICT = defineSearchAttributeKey('CrossfadeVerdict', SearchAttributeType.KEYWORD);
const WEIGHT = defineSearchAttributeKey('CrossfadeWeight', SearchAttributeType.INT);

/** Shows where the migration stands: details for its page, search attributes for the list. Only changes cost an event. */
export function announce(run: Run): void {
  const { state } = run;
  setCurrentDetails(describe(state));
  const phase = state.blocked !== null ? 'blocked' : state.gate !== null ? 'gate' : state.phase;
  const verdict = state.verdict?.kind ?? 'none';
  const attributes = [phase, state.spec.workload, verdict, state.wanted.target].join(' ');
  if (attributes === run.announced) return;
  run.announced = attributes;
  upsertSearchAttributes([
    { key: PHASE, value: phase },
    { key: WORKLOAD, value: state.spec.workload },
    { key: VERDICT, value: verdict },
    { key: WEIGHT, value: state.wanted.target },
  ]);
}
