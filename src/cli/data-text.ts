/** What `crossfade data` says to a person. */
import type { Checkpoint } from '../data/checkpoint';
import type { Manifest } from '../data/manifest';
import type { CopyPlan } from '../data/plan';
import type { CopyResult } from '../data/result';
import { formatDuration } from '../domain/quantity';
import { formatBytes } from './data-progress';
import type { DataAnswer } from './data-run';

const FINDINGS_SHOWN = 20;

export function answerLines({ result, movedBytes, elapsedMs, run, state }: DataAnswer): string[] {
  const { tally, removal } = result;
  const rate = elapsedMs > 0 ? (movedBytes / elapsedMs) * 1_000 : 0;
  const { stored, streamed, read, none } = tally.proofs;
  return [
    result.isProven
      ? `proven: ${tally.objects} objects, ${formatBytes(tally.bytes)}, root ${result.root}`
      : `not proven: ${result.reasons.join('; ')}`,
    `  ${tally.copied} copied (${formatBytes(tally.copiedBytes)}), ${tally.unchanged} unchanged, ${tally.same} found alike, ${tally.refused} refused, ${tally.mismatched} mismatched, ${tally.failed} failed, ${tally.gone} gone, ${tally.extra} only at the target`,
    `  proofs: ${stored} stored, ${streamed} streamed, ${read} read, ${none} none`,
    ...(removal === undefined ? [] : [`  ${removal.removed} of ${removal.wanted} removed`]),
    `  ${formatBytes(movedBytes)} moved in ${formatDuration(elapsedMs)}, ${formatBytes(rate)}/s; run ${run}, state in ${state}`,
    ...findingLines(result),
  ];
}

function findingLines({ findings, findingCounts }: CopyResult): string[] {
  const count = Object.values(findingCounts).reduce((sum, number) => sum + number, 0);
  const shown = findings.slice(0, FINDINGS_SHOWN).map(({ kind, key, detail, source, target }) => {
    const sides =
      source === undefined && target === undefined ? '' : ` (source: ${source ?? '?'}; target: ${target ?? '?'})`;
    return `  ${kind} ${JSON.stringify(key)}: ${detail}${sides}`;
  });
  return count > shown.length
    ? [...shown, `  and ${count - shown.length} more, see --json and the state's files`]
    : shown;
}

const PLANNED: Readonly<Record<keyof CopyPlan, string>> = {
  copy: 'to copy',
  compare: 'to compare',
  unchanged: 'unchanged since they were proven',
  refuse: 'newer on the target: refused without --overwrite',
  tell: 'missing or of another size at the target',
  extra: 'only at the target: left',
  remove: 'only at the target: to remove',
  forget: 'gone from both sides',
};

export function planLines(plan: CopyPlan): string[] {
  const lines = (Object.keys(PLANNED) as (keyof CopyPlan)[])
    .filter((kind) => plan[kind].count > 0)
    .map((kind) => `${plan[kind].count} ${PLANNED[kind]}, ${formatBytes(plan[kind].bytes)}`);
  return lines.length > 0 ? lines : ['nothing on either side'];
}

export interface KnownState {
  readonly state: string;
  readonly manifest: Manifest | null;
  readonly checkpoint: Checkpoint | null;
  readonly result: CopyResult | null;
}

export function statusLines({ state, manifest, checkpoint, result }: KnownState): string[] {
  if (manifest === null && checkpoint === null) return [`no run is known (state in ${state})`];
  const lines: string[] = [];
  if (checkpoint !== null) {
    const done = checkpoint.ranges.filter(({ isDone }) => isDone).length;
    const objects = checkpoint.ranges.reduce((sum, { tally }) => sum + tally.objects, 0);
    lines.push(
      `unfinished: run ${checkpoint.run}, ${objects} objects in ${done} of ${checkpoint.ranges.length} ranges done`,
    );
  }
  if (manifest !== null) {
    const at = new Date(manifest.finishedAtMs).toISOString();
    lines.push(
      `last finished: run ${manifest.run} at ${at}, ${manifest.count} objects, ${formatBytes(manifest.bytes)}`,
    );
    if (result !== null)
      lines.push(result.isProven ? `  proven, root ${manifest.root}` : `  not proven: ${result.reasons.join('; ')}`);
  }
  return lines;
}
