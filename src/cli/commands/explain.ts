import type { Command } from 'commander';
import type { Cli } from '../cli';
import { replayLedger } from '../../analysis/replay';
import { explainLines, replayLines } from '../explain-text';
import { example, onRun, print } from '../options';
import { readLedgerOf, withLedger } from './ledger-flags';
import type { LedgerFlags } from './ledger-flags';
import { policyOf } from '../recorded';

interface ExplainFlags extends LedgerFlags {
  readonly policy?: string;
}

export function addExplain(program: Command, cli: Cli): void {
  const command = program
    .command('explain')
    .argument('<workload>')
    .description('who decided what, why, and on which numbers: the ledger in words');
  example(
    withLedger(command),
    'crossfade explain ranker',
    'crossfade explain ranker --ledger s3://example-crossfade-ledger/migrations',
    'crossfade explain ranker --policy stricter.yaml',
  );
  command.option('--policy <file>', 'what other guardrails would have said about the same evidence, step by step');
  onRun<ExplainFlags>(command, cli, async (workload, flags) => {
    const policy = flags.policy === undefined ? undefined : policyOf(cli, flags.policy);
    const { url, reader, records } = await readLedgerOf(cli, flags, workload);
    const run = records[0]?.run;
    if (policy !== undefined) {
      const steps = replayLedger(records, policy);
      print(cli, flags, { workload, run, ledger: url, steps }, replayLines(workload, steps));
      return;
    }
    const otherRuns = (await reader.runs(workload)).filter((other) => other !== run);
    print(cli, flags, { workload, run, ledger: url, otherRuns, records }, explainLines(records, otherRuns));
  });
}
