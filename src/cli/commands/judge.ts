import type { Command } from 'commander';
import type { EvidenceWindow } from '../../domain/evidence';
import type { Cli } from '../cli';
import { durationMsOf } from '../flag-values';
import { doubted, guardrailFigures, judgeWindows, reasonsOf, resultLines } from '../judging';
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
      const windowMs = durationMsOf('--window', flags.window);
      const recording = new Recording(windowMs);
      const control = await readLines(flags.control, parseRequest, (request) => recording.add('source', request));
      const target = await readLines(flags.target, parseRequest, (request) => recording.add('target', request));
      const windows = recording.toWindows();
      const judged = judgeWindows(windows, guardrails, windowMs, { segments: recording.segments() });
      const verdict = doubted(judged, troubleOf(windows, control, target));
      const answer = {
        verdict: verdict.kind,
        reasons: reasonsOf(verdict),
        figures: { control, target, guardrails: guardrailFigures(verdict) },
      };
      print(cli, flags, answer, [
        `${verdict.kind}: ${verdict.reason}`,
        ...resultLines(verdict),
        ...malformedLines(flags.control, control),
        ...malformedLines(flags.target, target),
      ]);
      return EXIT_CODES[verdict.kind];
    }),
  );
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
