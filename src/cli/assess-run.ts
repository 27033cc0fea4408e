/** What `crossfade assess` does; loaded when it runs. */
import { readFileSync } from 'node:fs';
import type { Info } from 'csv-parse/sync';
import { parse as parseCsv } from 'csv-parse/sync';
import { assess } from '../assess';
import { TABLE_PRICES } from '../domain/hourly-prices';
import type { Inventory } from '../domain/inventory';
import { assessHtml } from './assess-html';
import { assessLines } from './assess-text';
import type { Cli } from './cli';
import type { CsvRow, FoundWorkload } from './discover';
import { draftInventory, workloadsFromAnsible, workloadsFromCsv, workloadsFromPrometheus } from './discover';
import { workloadsFromAws } from './discover-aws';
import type { TagFlags } from './discover-aws';
import { UsageError } from './failure';
import { livePrices } from './live-prices';
import { print } from './options';
import type { CommonFlags } from './options';
import { writeOutput } from './write-output';

export interface AssessFlags extends CommonFlags, TagFlags {
  readonly html?: string;
  readonly prices: 'table' | 'aws';
  readonly fromCsv?: string;
  readonly fromAnsible?: string;
  readonly fromPrometheus?: string;
}

/** @param file '' for none: then one of the flags says where hosts are found. */
export async function runAssess(cli: Cli, file: string, flags: AssessFlags): Promise<void> {
  const { fromCsv, fromAnsible, fromPrometheus, fromAws } = flags;
  const places = [file === '' ? undefined : file, fromCsv, fromAnsible, fromPrometheus, fromAws];
  if (places.filter((place) => place !== undefined).length !== 1)
    throw new UsageError(
      'needs exactly one of an inventory, --from-csv, --from-ansible, --from-prometheus and --from-aws',
    );
  if (fromAws === undefined && (flags.tag ?? flags.only) !== undefined)
    throw new UsageError(`${flags.tag === undefined ? '--only' : '--tag'}: goes with --from-aws alone`);
  if (file === '') {
    const place = places.find((each) => each !== undefined) ?? '';
    cli.io.out(draftInventory(await found(cli, flags), place));
    return;
  }
  const { parseInventory, readSpecFile } = cli.spec();
  const inventory = parseInventory(readSpecFile(file));
  const prices = flags.prices === 'aws' ? await livePrices(cli, inventory.region, typesIn(inventory)) : TABLE_PRICES;
  const assessment = assess(inventory, prices);
  if (flags.html !== undefined) writeOutput(flags.html, assessHtml(assessment));
  print(cli, flags, assessment, flags.json === true ? [] : assessLines(assessment));
}

async function found(cli: Cli, flags: AssessFlags): Promise<FoundWorkload[]> {
  const { fromCsv, fromAnsible, fromPrometheus, fromAws } = flags;
  if (fromAws !== undefined) return workloadsFromAws(cli, fromAws, flags);
  if (fromPrometheus !== undefined) return workloadsFromPrometheus(fromPrometheus);
  if (fromAnsible !== undefined) return workloadsFromAnsible(readText(fromAnsible), fromAnsible);
  const file = fromCsv ?? '';
  return workloadsFromCsv(rowsOf(readText(file), file), file);
}

function rowsOf(text: string, file: string): CsvRow[] {
  const options = { bom: true, columns: true, skip_empty_lines: true, trim: true, info: true } as const;
  try {
    return parseCsv<{ info: Info; record: Record<string, string> }>(text, options).map(({ info, record }) => ({
      line: info.lines,
      facts: record,
    }));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function typesIn(inventory: Inventory): string[] {
  return assess(inventory, TABLE_PRICES).workloads.flatMap(({ instance }) => instance?.instanceType ?? []);
}
