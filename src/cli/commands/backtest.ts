import type { Command } from 'commander';
import { backtest } from '../../analysis/backtest';
import type { Backtest } from '../../analysis/backtest';
import { seededRandom } from '../../analysis/random';
import { MigrationError } from '../../domain/errors';
import { planMigration } from '../../domain/plan';
import type { EpochMs } from '../../domain/quantity';
import type { MigrationSpec } from '../../domain/spec';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { shareOf } from '../plan-text';

interface BacktestFlags extends CommonFlags {
  readonly from: string;
  readonly to: string;
  readonly runs: string;
}

const RUNS_MAX = 1_000;

export function addBacktest(program: Command, cli: Cli): void {
  const command = program
    .command('backtest')
    .argument('<file>', 'spec, YAML or JSON')
    .description(
      "play the cutover over the source's past metrics, source against itself: every rollback is a false one",
    )
    .requiredOption('--from <time>', 'ISO 8601')
    .requiredOption('--to <time>', 'ISO 8601')
    .option('--runs <count>', `how often, each divided by chance; at most ${RUNS_MAX}`, '20');
  example(
    withJson(command),
    'crossfade backtest examples/minimal.yaml --from 2026-01-01T00:00:00Z --to 2026-01-08T00:00:00Z',
  );
  onRun<BacktestFlags>(command, cli, async (file, flags) => {
    const { parseSpec, readSpecFile } = cli.spec();
    const spec = parseSpec(readSpecFile(file));
    const [fromMs, toMs] = [timeOf('--from', flags.from), timeOf('--to', flags.to)];
    if (toMs <= fromMs) throw new UsageError('--to must be after --from');
    const runs = runsOf(flags.runs);
    const evidence = await cli.openSource(spec).readWindows(fromMs, toMs);
    if (!evidence.complete)
      throw new MigrationError('MetricsUnavailable', `the metrics are not complete: ${evidence.cause}`);
    if (evidence.windows.length < 2)
      throw new MigrationError(
        'BaselineIncomplete',
        `the source has ${evidence.windows.length} windows with requests in that time`,
      );
    const result = backtest(evidence.windows, spec, planMigration(spec), runs, (run) => seededRandom(run + 1));
    print(cli, flags, result, backtestLines(spec, result));
  });
}

function timeOf(option: string, text: string): EpochMs {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UsageError(`${option} ${text}: must be a time such as 2026-01-01T00:00:00Z`);
  return atMs as EpochMs;
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX)
    throw new UsageError(`--runs ${text}: must be a whole number from 1 to ${RUNS_MAX}`);
  return runs;
}

function backtestLines(spec: MigrationSpec, { runs, windows, rolledBack, byGuardrail, steps }: Backtest): string[] {
  const guardrails = Object.entries(byGuardrail).map(([name, count]) => `${name} ${count}`);
  return [
    `${spec.workload}: ${runs} cutovers of the source to itself, over ${windows} windows`,
    `rolled back      ${rolledBack} of ${runs}, every one falsely; asked for: at most ${shareOf(spec.guardrails.falseRollbackRate)} of migrations`,
    ...(guardrails.length === 0 ? [] : [`by guardrail     ${guardrails.join(', ')}`]),
    ...steps.flatMap(({ targetPercent, rolledBack: count, insufficient, reason }) => [
      `  ${`${targetPercent} %`.padEnd(14)} rolled back ${count}, not passed in time ${insufficient}`,
      ...(reason === undefined ? [] : [`    such as: ${reason}`]),
    ]),
  ];
}
