import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun, print } from '../options';
import { readLedgerOf, withLedger } from './ledger-flags';
import type { LedgerFlags } from './ledger-flags';

export function addVerifyLedger(program: Command, cli: Cli): void {
  const command = program
    .command('verify-ledger')
    .argument('<workload>')
    .description('check that no record was changed, removed or put in between');
  example(withLedger(command), 'crossfade verify-ledger ranker');
  onRun<LedgerFlags>(command, cli, async (workload, flags) => {
    const { url, reader, records, recordCount } = await readLedgerOf(cli, flags, workload);
    const problems = reader.verify(records, workload, recordCount);
    const run = records[0]?.run;
    const asked =
      recordCount === undefined
        ? 'the migration could not be asked how many there should be'
        : `the migration says ${recordCount}`;
    const verdict = problems.length === 0 ? 'the chain is whole' : `${problems.length} problem(s)`;
    print(
      cli,
      flags,
      { workload, run, ledger: url, records: records.length, recordCount: recordCount ?? null, problems },
      [
        `${workload}, run ${run}: ${records.length} records (${asked}): ${verdict}`,
        ...problems.map((problem) => `  ${problem}`),
      ],
    );
    return problems.length === 0 ? 0 : 1;
  });
}
