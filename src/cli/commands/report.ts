import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MigrationError } from '../../domain/errors';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { example, onRun } from '../options';
import { readLeftLedgerOf, withLedger } from './ledger-flags';
import type { LedgerFlags } from './ledger-flags';

interface ReportFlags extends LedgerFlags {
  readonly html?: string;
  readonly markdown?: boolean;
  readonly compliance?: boolean;
}

export function addReport(program: Command, cli: Cli): void {
  const command = program
    .command('report')
    .argument('<workload>')
    .description('the migration on one page, from its ledger alone, at any moment; Markdown where no form is given')
    .option('--html <file>', 'one self-contained HTML file with plots; - for standard output')
    .option('--markdown', 'tables for a wiki or a pull request')
    .option('--compliance', 'adds the controls (encryption, access, approvals, retention) with their evidence');
  example(
    withLedger(command),
    'crossfade report ranker --html ranker.html',
    'crossfade report ranker --ledger s3://example-crossfade-ledger/migrations --markdown',
    'crossfade report ranker --compliance --html ranker-audit.html',
  );
  onRun<ReportFlags>(command, cli, async (workload, flags) => {
    const { html, json = false, markdown = false, compliance = false } = flags;
    if (Number(html !== undefined) + Number(json) + Number(markdown) > 1)
      throw new UsageError('give one of --html, --markdown and --json');
    const { reader, records, unreadable, recordCount } = await readLeftLedgerOf(cli, flags, workload);
    const trouble = [...unreadable, ...reader.verify(records, workload, recordCount)];
    const { makeReport, htmlReport, markdownReport } = cli.report();
    const report = makeReport(records, { trouble, isCompliance: compliance });
    if (html !== undefined) writePage(cli, html, htmlReport(report));
    else if (json) cli.io.out(JSON.stringify(report));
    else cli.io.write(markdownReport(report));
    for (const line of trouble) cli.io.err(`${workload}: ${line}`);
    return 0;
  });
}

function writePage(cli: Cli, file: string, page: string): void {
  if (file === '-') return cli.io.write(page);
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new MigrationError('ConfigInvalid', `--html ${file} cannot be written: ${(error as Error).message}`);
  }
  cli.io.out(`${file}: ${Math.ceil(Buffer.byteLength(page) / 1_024)} KB`);
}
