import { createRequire } from 'node:module';
import type { Io } from './io';
import type { LedgerReader } from './ledger-reader';
import type { Account } from '../ports/account';
import type { Recordings } from '../ports/recordings';
import type { MigrationSpec } from '../domain/spec';
import type { Prompter } from './init/prompter';
import type { ConnectionFlags, Session } from './session';
import type { SourceReader } from './source-reader';

/**
 * What commands work with. The heavy parts are loaded when a command first needs them:
 * `crossfade --help` must not wait for Temporal's client and the AWS SDK.
 */
export interface Cli {
  readonly io: Io;
  /** Of the command that has run. */
  exitCode: number;
  connect(flags: ConnectionFlags): Promise<Session>;
  openLedger(url: string, region: string | undefined): LedgerReader;
  openSource(spec: MigrationSpec): SourceReader;
  spec(): typeof import('../spec');
  runWorker(flags: ConnectionFlags): Promise<void>;
  runTap(): Promise<void>;
  runProxy(): Promise<void>;
  /** @param place s3://bucket/prefix, a directory or a file. */
  openRecordings(place: string, region: string | undefined): Recordings;
  startCapture: typeof import('../tap/capture/capture').startCapture;
  replay(): typeof import('../tap/replay/replay');
  data(): typeof import('./data-run');
  dataProof(): typeof import('./data-proof');
  assess(): typeof import('./assess-run');
  plan(): typeof import('./plan-run');
  optimise(): typeof import('./optimise-run');
  openTarget: typeof import('./target-reader').openTargetReader;
  fleetFile(): typeof import('./fleet-file');
  report(): typeof import('../report');
  readPrices: typeof import('./price-reader').readPrices;
  readCheck(): typeof import('./read-check-run');
  init(): typeof import('./init/run');
  openAccount(region: string): Account;
  /** undefined: nobody can be asked. */
  prompter(): Prompter | undefined;
  /** From now on, until it is ignored again, Ctrl-C ends nothing by itself. */
  interruption(): Interruption;
}

export interface Interruption {
  /** Settles at the first Ctrl-C or SIGTERM. */
  readonly happened: Promise<void>;
  ignore(): void;
}

const load = createRequire(__filename);

export function createCli(io: Io): Cli {
  // The AWS SDK announces on standard error that it will leave Node 20 in 2027; package.json's engines say what we need.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return {
    io,
    exitCode: 0,
    connect: (flags) =>
      (load('./temporal-session') as typeof import('./temporal-session')).connectSession(flags, io.user),
    openLedger: (url, region) =>
      (load('./ledger-reader') as typeof import('./ledger-reader')).openLedgerReader(url, region),
    openSource: (spec) => (load('./source-reader') as typeof import('./source-reader')).openSourceReader(spec),
    spec: () => load('../spec') as typeof import('../spec'),
    runWorker: (flags) => {
      const { loadConfig } = load('../config') as typeof import('../config');
      return (load('../worker') as typeof import('../worker')).runWorker(loadConfig(flags));
    },
    runTap: () => (load('../tap/main') as typeof import('../tap/main')).runTap(process.env),
    runProxy: () => (load('../proxy/main') as typeof import('../proxy/main')).runProxy(process.env),
    openRecordings: (place, region) =>
      (load('./recordings') as typeof import('./recordings')).openRecordings(place, region),
    startCapture: (...given) =>
      (load('../tap/capture/capture') as typeof import('../tap/capture/capture')).startCapture(...given),
    replay: () => load('../tap/replay/replay') as typeof import('../tap/replay/replay'),
    data: () => load('./data-run') as typeof import('./data-run'),
    dataProof: () => load('./data-proof') as typeof import('./data-proof'),
    assess: () => load('./assess-run') as typeof import('./assess-run'),
    plan: () => load('./plan-run') as typeof import('./plan-run'),
    optimise: () => load('./optimise-run') as typeof import('./optimise-run'),
    openTarget: (spec) => (load('./target-reader') as typeof import('./target-reader')).openTargetReader(spec),
    fleetFile: () => load('./fleet-file') as typeof import('./fleet-file'),
    report: () => load('../report') as typeof import('../report'),
    init: () => load('./init/run') as typeof import('./init/run'),
    openAccount: (region) =>
      (load('../adapters/account') as typeof import('../adapters/account')).openAccount({ region }),
    prompter: () =>
      io.listenToKeys === undefined || !io.isTerminal
        ? undefined
        : (load('./init/prompter') as typeof import('./init/prompter')).terminalPrompter(),
    readPrices: (...given) => (load('./price-reader') as typeof import('./price-reader')).readPrices(...given),
    readCheck: () => load('./read-check-run') as typeof import('./read-check-run'),
    interruption: waitForInterruption,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function waitForInterruption(): Interruption {
  let resolve: () => void = () => undefined;
  const happened = new Promise<void>((settle) => (resolve = settle));
  for (const signal of SIGNALS) process.once(signal, resolve);
  return {
    happened,
    ignore: () => {
      for (const signal of SIGNALS) process.removeListener(signal, resolve);
    },
  };
}

/** Connects, works, and closes whatever happens. */
export async function withSession<T>(
  cli: Cli,
  flags: ConnectionFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await cli.connect(flags);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
