/**
 * `npm run bench:report`: the whole command `crossfade report --html` on the ledger of a 45-day migration in a real S3
 * server, in turn with its floor: the same records listed, read and parsed, and nothing else.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { packageRoot } from '../lab/tools';
import { recordKey, verifyChain } from '../src/activities/ledger-chain';
import { createOpenLedger } from '../src/adapters/s3-ledger';
import type { LedgerRecord } from '../src/domain/record';
import type { LedgerStore } from '../src/ports/ledger';
import { htmlReport, makeReport } from '../src/report';
import type { S3Server } from '../test/support/s3/servers';
import { startVersitygw } from '../test/support/s3/servers';
import { OWNER, PLAYBOOK, writeMigration } from '../test/support/written-ledger';
import { findProgram } from './data/stage';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { commandMs: 5_000, htmlMb: 3 };
const ROUNDS = 5;
const AT_ONCE = 16;
const BUCKET = 'ledger';
const URL = `s3://${BUCKET}/migrations`;

async function measure(): Promise<Measured> {
  const server = await startVersitygw(findProgram('versitygw'));
  const folder = mkdtempSync(path.join(tmpdir(), 'crossfade-bench-report-'));
  try {
    mkdirSync(path.join(server.folder, BUCKET));
    const store = createOpenLedger(clientOf(server))(URL);
    const bytes = await fill(store, writeMigration(PLAYBOOK).records);
    const html = path.join(folder, 'report.html');
    const rounds: Round[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) rounds.push(await play(server, store, html));
    return sumUp(rounds.slice(1), bytes, statSync(html).size);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
}

function clientOf({ endpoint, region, credentials }: S3Server): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

/** @returns how many bytes all records have. */
async function fill(store: LedgerStore, records: readonly LedgerRecord[]): Promise<number> {
  let bytes = 0;
  for (let from = 0; from < records.length; from += AT_ONCE) {
    await Promise.all(
      records.slice(from, from + AT_ONCE).map((record) => {
        const body = JSON.stringify(record);
        bytes += Buffer.byteLength(body);
        return store.putIfAbsent(recordKey(OWNER.workload, OWNER.run, record.seq), body);
      }),
    );
  }
  say(`${records.length} records, ${(bytes / 1e6).toFixed(1)} MB`);
  return bytes;
}

interface Round {
  readonly floorMs: number;
  readonly commandMs: number;
  /** Chain, model and page in one process, of records that are parsed already. */
  readonly makingMs: number;
  readonly records: readonly LedgerRecord[];
}

async function play(server: S3Server, store: LedgerStore, html: string): Promise<Round> {
  let startedAtMs = performance.now();
  const records = await readAndParse(store);
  const floorMs = performance.now() - startedAtMs;
  startedAtMs = performance.now();
  htmlReport(makeReport(records, { trouble: verifyChain(records), isCompliance: true }));
  const makingMs = performance.now() - startedAtMs;
  startedAtMs = performance.now();
  runCommand(server, html);
  const commandMs = performance.now() - startedAtMs;
  say(`floor ${floorMs.toFixed(0)} ms, making ${makingMs.toFixed(0)} ms, command ${commandMs.toFixed(0)} ms`);
  return { floorMs, commandMs, makingMs, records };
}

async function readAndParse(store: LedgerStore): Promise<LedgerRecord[]> {
  const keys = await store.list(`${OWNER.workload}/${OWNER.run}/`);
  const records: LedgerRecord[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const bodies = await Promise.all(keys.slice(from, from + AT_ONCE).map((key) => store.get(key)));
    records.push(...bodies.map((body) => JSON.parse(body ?? 'null') as LedgerRecord));
  }
  return records;
}

function runCommand({ endpoint, region, credentials }: S3Server, html: string): void {
  const args = ['report', OWNER.workload, '--ledger', URL, '--compliance', '--html', html];
  const { status, stderr } = spawnSync(process.execPath, [path.join(packageRoot(), 'bin', 'crossfade.js'), ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  if (status !== 0 || stderr !== '') throw new Error(`crossfade report ended with ${status}: ${stderr}`);
}

function sumUp(rounds: readonly Round[], ledgerBytes: number, htmlBytes: number): Measured {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const windows = rounds[0]?.records.reduce((sum, record) => sum + (record.windows?.length ?? 0), 0) ?? 0;
  const [floorMs, commandMs] = [of((round) => round.floorMs), of((round) => round.commandMs)];
  return {
    figures: {
      windows,
      records: rounds[0]?.records.length ?? 0,
      ledgerMb: ledgerBytes / 1e6,
      htmlMb: htmlBytes / 1e6,
      floorMs,
      makingMs: of((round) => round.makingMs),
      commandMs,
    },
    ratios: { commandToFloor: commandMs / floorMs },
  };
}

if (require.main === module) void runBench('report', LIMITS, measure);
