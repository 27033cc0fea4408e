import type { Command } from 'commander';
import { comparisonTests } from '../../analysis/budget';
import { judgePast, PAST } from '../../analysis/judge-past';
import type { EvidenceWindow } from '../../domain/evidence';
import type { JudgePolicy } from '../../domain/judge-state';
import type { EpochMs } from '../../domain/quantity';
import { parseDuration } from '../../domain/quantity';
import type { GuardrailSpec } from '../../domain/spec';
import type { Verdict } from '../../domain/verdict';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { answering, EXIT_CODES, malformedLines, policyOf } from '../recorded';
import { Recording, unitChange, unitDifference } from '../recording';
import { readLines } from '../json-lines';
import type { FileFacts } from '../json-lines';
import { parseRequest } from '../request-lines';

interface JudgeFlags extends CommonFlags {
  readonly control: string;
  readonly target: string;
  readonly policy: string;
  readonly window: string;
}

export function addJudge(program: Command, cli: Cli): void {
  const command = program
    .command('judge')
    .description(
      'judge recorded requests of a target against a control: exit 0 pass, 1 fail, 2 insufficient, 3 blind, 64 bad usage',
    )
    .requiredOption('--control <file>', 'JSON lines {at, latencyMs, ok, segment?} of the source, in the order of time')
    .requiredOption('--target <file>', 'the same of the target')
    .requiredOption('--policy <file>', "YAML or JSON with the spec's guardrails; a whole spec will do")
    .option('--window <duration>', 'requests that share noise: what one look compares', '60s');
  example(withJson(command), 'crossfade judge --control source.jsonl --target target.jsonl --policy policy.yaml');
  onRun<JudgeFlags>(command, cli, (_argument, flags) =>
    answering(async () => {
      const { guardrails } = policyOf(cli, flags.policy);
      const windowMs = windowMsOf(flags.window);
      const recording = new Recording(windowMs);
      const control = await readLines(flags.control, parseRequest, (request) => recording.add('source', request));
      const target = await readLines(flags.target, parseRequest, (request) => recording.add('target', request));
      const windows = recording.toWindows();
      const policy = policyFor(guardrails, windowMs, recording.segments());
      const past = judgePast(windows, policy, windows[0]?.startMs ?? (0 as EpochMs));
      const verdict = doubted(past.verdict, troubleOf(windows, control, target));
      const answer = answerOf(verdict, { control, target });
      print(cli, flags, answer, [
        `${verdict.kind}: ${verdict.reason}`,
        ...verdict.results.map(({ guardrail, kind, reason }) => `  ${kind.padEnd(12)} ${guardrail}: ${reason}`),
        ...malformedLines(flags.control, control),
        ...malformedLines(flags.target, target),
      ]);
      return EXIT_CODES[verdict.kind];
    }),
  );
}

function windowMsOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || !(durationMs > 0))
    throw new UsageError(`--window ${text}: must be a duration like 60s`);
  return durationMs;
}

/** Here a migration is one step. */
function policyFor(guardrails: GuardrailSpec, periodMs: number, segments: readonly string[]): JudgePolicy {
  const tests = comparisonTests(guardrails) * (segments.length === 0 ? 1 : 2);
  return {
    mode: 'files',
    guardrails,
    ...PAST,
    alpha: guardrails.falseRollbackRate / tests,
    baselineBlock: 1,
    periodMs,
    ...(segments.length === 0 ? {} : { segments }),
  };
}

function troubleOf(windows: readonly EvidenceWindow[], control: FileFacts, target: FileFacts): string[] {
  const back = (name: string, { clockGoesBack }: FileFacts): string[] =>
    clockGoesBack === undefined ? [] : [`${name}: the clock goes back: ${clockGoesBack}`];
  const unit = (name: string, change: string | undefined): string[] =>
    change === undefined ? [] : [`${name}: ${change}`];
  return [
    ...back('control', control),
    ...back('target', target),
    ...unit('control', unitChange(windows, 'source')),
    ...unit('target', unitChange(windows, 'target')),
    ...unit('both', unitDifference(windows)),
  ];
}

/** A recording that contradicts itself passes nothing. */
function doubted(verdict: Verdict, trouble: readonly string[]): Verdict {
  if (trouble.length === 0 || verdict.kind === 'fail') return verdict;
  return { ...verdict, kind: 'blind', reason: trouble.join('; ') };
}

function answerOf({ kind, reason, results }: Verdict, files: Record<'control' | 'target', FileFacts>): object {
  const deciding = results.filter((result) => result.kind === kind).map((result) => result.reason);
  return {
    verdict: kind,
    reasons: kind === 'blind' || deciding.length === 0 ? [reason] : deciding,
    figures: {
      ...files,
      guardrails: results.map(({ guardrail, kind: answer, values }) => ({ guardrail, verdict: answer, ...values })),
    },
  };
}
