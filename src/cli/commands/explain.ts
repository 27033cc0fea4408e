import type { Command } from 'commander';
import type { Cli } from '../cli';
import { explainLines } from '../explain-text';
import { example, onRun, print } from '../options';
import { readLedgerOf, withLedger } from './ledger-flags';
import type { LedgerFlags } from './ledger-flags';

export function addExplain(program: Command, cli: Cli): void {
  const command = program
    .command('explain')
    .argument('<workload>')
    .description('who decided what, why, and on which numbers: the ledger in words');
  example(
    withLedger(command),
    'crossfade explain ranker',
    'crossfade explain ranker --ledger s3://example-crossfade-ledger/migrations',
  );
  onRun<LedgerFlags>(command, cli, async (workload, flags) => {
    const { url, reader, records } = await readLedgerOf(cli, flags, workload);
    const run = records[0]?.run;
    const otherRuns = (await reader.runs(workload)).filter((other) => other !== run);
    print(cli, flags, { workload, run, ledger: url, otherRuns, records }, explainLines(records, otherRuns));
  });
}
