import type { Command } from 'commander';
import { MigrationError } from '../../domain/errors';
import type { LedgerRecord } from '../../domain/record';
import { parseS3Url } from '../../domain/resources';
import { valueAt } from '../../spec/problem';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import type { LedgerReader } from '../ledger-reader';
import type { CommonFlags } from '../options';
import { withJson } from '../options';
import type { Session } from '../session';

export interface LedgerFlags extends CommonFlags {
  readonly ledger?: string;
  readonly run?: string;
}

export interface ReadLedger {
  readonly url: string;
  /** Of the spec; undefined: it was not asked for. */
  readonly region: string | undefined;
  readonly reader: LedgerReader;
  readonly records: readonly LedgerRecord[];
  /** How many records the migration itself says it wrote. undefined: it could not be asked, or it is another run. */
  readonly recordCount: number | undefined;
}

export function withLedger(command: Command): Command {
  return withJson(command)
    .option('--ledger <url>', "s3://bucket/prefix (default: from the migration's own spec)")
    .option('--run <uuid>', 'an earlier run (default: the newest)');
}

/** @throws NotFound when there are no records, ConfigInvalid for a URL that is none. */
export async function readLedgerOf(cli: Cli, flags: LedgerFlags, workload: string): Promise<ReadLedger> {
  const { countOf, ...opened } = await openLedgerOf(cli, flags, workload);
  const records = await opened.reader.read(workload, flags.run);
  if (records.length === 0) throw noRecords(opened.url, flags, workload);
  return { ...opened, records, recordCount: countOf(records) };
}

/** Also of a ledger that is half-written. @throws as `readLedgerOf`, and LedgerBroken for the records of somebody else. */
export async function readLeftLedgerOf(
  cli: Cli,
  flags: LedgerFlags,
  workload: string,
): Promise<ReadLedger & { readonly unreadable: readonly string[] }> {
  const { countOf, ...opened } = await openLedgerOf(cli, flags, workload);
  const { records, unreadable } = await opened.reader.readLeft(workload, flags.run);
  if (records.length === 0 && unreadable.length > 0)
    throw new MigrationError('LedgerBroken', `no record of ${workload} in ${opened.url} can be read: ${unreadable[0]}`);
  if (records.length === 0) throw noRecords(opened.url, flags, workload);
  const foreign = records.find((record) => record.workload !== workload);
  if (foreign !== undefined)
    throw new MigrationError(
      'LedgerBroken',
      `record ${foreign.seq} below ${opened.url}/${workload} is of workload ${foreign.workload}, not ${workload}: this is another workload's ledger`,
    );
  return { ...opened, records, unreadable, recordCount: countOf(records) };
}

function noRecords(url: string, { run }: LedgerFlags, workload: string): MigrationError {
  const which = run === undefined ? '' : `, run ${run}`;
  return new MigrationError('NotFound', `there are no records of ${workload}${which} in ${url}`);
}

interface OpenedLedger extends Pick<ReadLedger, 'url' | 'region' | 'reader'> {
  readonly countOf: (records: readonly LedgerRecord[]) => number | undefined;
}

async function openLedgerOf(cli: Cli, flags: LedgerFlags, workload: string): Promise<OpenedLedger> {
  const place = flags.ledger === undefined ? await placeFromTemporal(cli, flags, workload) : { url: flags.ledger };
  if (parseS3Url(place.url) === undefined)
    throw new MigrationError('ConfigInvalid', `--ledger must be s3://bucket/prefix (got "${place.url}")`);
  return {
    url: place.url,
    region: place.region,
    reader: cli.openLedger(place.url, place.region),
    countOf: (records) => (place.counted?.run === records[0]?.run ? place.counted?.recordCount : undefined),
  };
}

interface LedgerPlace {
  readonly url: string;
  readonly region?: string;
  readonly counted?: { readonly run: string; readonly recordCount: number } | undefined;
}

async function placeFromTemporal(cli: Cli, flags: LedgerFlags, workload: string): Promise<LedgerPlace> {
  return withSession(cli, flags, async (session) => {
    // A later start with a bad spec left no records; the migration before it did.
    const document = await session.newestDocument(workload, (spec) => typeof valueAt(spec, ['ledger']) === 'string');
    // Not the whole spec: one that this version would refuse still names its ledger.
    const [ledger, region] = [valueAt(document, ['ledger']), valueAt(document, ['region'])];
    if (typeof ledger !== 'string') {
      throw new MigrationError(
        'SpecInvalid',
        `the newest spec of ${workload} names no ledger; give it with --ledger s3://bucket/prefix`,
      );
    }
    return {
      url: ledger,
      ...(typeof region === 'string' ? { region } : {}),
      counted: await countRecords(session, workload),
    };
  });
}

/** Asked before the ledger is read: records that come in between are no lack. */
async function countRecords(session: Session, workload: string): Promise<LedgerPlace['counted']> {
  const { state } = await session.find(workload);
  if (state !== 'RUNNING') {
    const { run, ledgerRecords } = await session.ending(workload);
    return run === null || ledgerRecords === null ? undefined : { run, recordCount: ledgerRecords };
  }
  const answer = await session.status(workload);
  return answer.kind === 'answered' ? { run: answer.status.run, recordCount: answer.status.ledgerRecords } : undefined;
}
