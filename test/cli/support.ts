import { join } from 'node:path';
import type { Evidence } from '../../src/domain/evidence';
import type { GateMessage, OperatorMessage, StatusView } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { ALL_ON_SOURCE } from '../../src/domain/weights';
import type { LedgerRecord } from '../../src/domain/record';
import type { Account } from '../../src/ports/account';
import { createCli } from '../../src/cli/cli';
import type { Cli } from '../../src/cli/cli';
import type { Prompter } from '../../src/cli/init/prompter';
import type { Io } from '../../src/cli/io';
import type { LedgerReader } from '../../src/cli/ledger-reader';
import { main } from '../../src/cli/main';
import type {
  ConnectionFlags,
  EmergencyRollback,
  Ending,
  MigrationRow,
  RunInfo,
  Session,
  StatusAnswer,
  UpdateAnswer,
} from '../../src/cli/session';
import type { Clock } from '../../src/tap/replay/replay';
import { patientClock } from './clocks';
import { FakeFleets } from './fleets';
import { FakeSchedules } from './schedules';

export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
export const MINIMAL = join(__dirname, '../../examples/minimal.yaml');

export const STATUS: StatusView = {
  workload: 'ranker',
  run: 'run-uuid',
  phase: 'cutover',
  step: 'holding 75/25',
  paused: false,
  wanted: ALL_ON_SOURCE,
  generation: 3,
  observedTargetPercent: null,
  remainingMs: null,
  stepEndsAt: null,
  clockRuns: false,
  verdict: null,
  lastStep: null,
  gate: null,
  blocked: null,
  waitingFor: 'the time of this step and its evidence',
  rollback: null,
  decisions: [],
  unknownMessages: [],
  shadow: { received: 0, mirrored: 0, unaccounted: 0 },
  phases: [],
  ledgerRecords: 12,
  outcome: null,
};

const RUNNING: RunInfo = {
  workflowId: 'migration/ranker',
  runId: 'run-1',
  state: 'RUNNING',
  startedAt: '2026-01-01T00:00:00.000Z',
  closedAt: null,
};

/** Temporal as the commands see it; a test sets what it answers and reads what it was told. */
export class FakeSession implements Session {
  readonly schedules = new FakeSchedules();
  readonly fleets = new FakeFleets();
  readonly address = 'temporal:7233';
  readonly namespace = 'default';
  readonly calls: unknown[][] = [];
  isClosed = false;
  /** One after the other; the last one stays. */
  runs: RunInfo[] = [RUNNING];
  statuses: StatusAnswer[] = [{ kind: 'answered', status: STATUS }];
  end: Ending = { outcome: 'completed', message: 'ended as completed', run: 'run-uuid', ledgerRecords: 12 };
  updateAnswer: UpdateAnswer = { kind: 'done', text: 'gate cutover-10: approved' };
  isStarted = false;
  document: unknown = undefined;

  async start(
    workload: string,
    document: unknown,
    message: OperatorMessage,
  ): Promise<{ workflowId: string; runId: string }> {
    this.calls.push(['start', workload, document, message]);
    if (this.isStarted) throw new MigrationError('MigrationRunning', 'migration/ranker is already running, run run-1');
    return { workflowId: `migration/${workload}`, runId: 'run-1' };
  }

  async find(): Promise<RunInfo> {
    return next(this.runs);
  }

  rows: MigrationRow[] = [];

  async list(): Promise<MigrationRow[]> {
    return this.rows;
  }

  async ending(): Promise<Ending> {
    return this.end;
  }

  async status(): Promise<StatusAnswer> {
    return next(this.statuses);
  }

  async signal(workload: string, name: string, message: GateMessage): Promise<void> {
    this.calls.push(['signal', workload, name, message]);
  }

  async update(workload: string, name: string, message: object): Promise<UpdateAnswer> {
    this.calls.push(['update', workload, name, message]);
    return this.updateAnswer;
  }

  async rollbackEmergency(workload: string, message: OperatorMessage): Promise<EmergencyRollback> {
    this.calls.push(['rollbackEmergency', workload, message]);
    const result = { workload, generation: 8, confirmedAt: NOW_MS, recorded: true };
    return {
      workflowId: `rollback/${workload}`,
      runId: 'run-2',
      result: () => Promise.resolve(result),
      lastFailure: () => Promise.resolve(undefined),
    };
  }

  async startSync(workload: string): Promise<{ workflowId: string; runId: string }> {
    return { workflowId: `data/${workload}`, runId: 'run-1' };
  }

  async newestDocument(): Promise<unknown> {
    return this.document;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeLedger implements LedgerReader {
  readonly opened: (string | undefined)[][] = [];
  readonly verified: (number | undefined)[] = [];
  records: LedgerRecord[] = [];
  runIds: string[] = ['run-uuid'];
  problems: string[] = [];
  unreadable: string[] = [];

  async runs(): Promise<string[]> {
    return this.runIds;
  }

  async read(): Promise<LedgerRecord[]> {
    return this.records;
  }

  async readLeft(): Promise<{ records: LedgerRecord[]; unreadable: string[] }> {
    return { records: this.records, unreadable: this.unreadable };
  }

  verify(_records: readonly LedgerRecord[], _workload: string, recordCount: number | undefined): string[] {
    this.verified.push(recordCount);
    return this.problems;
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One operator at one terminal. */
export class Terminal {
  readonly session = new FakeSession();
  readonly ledger = new FakeLedger();
  readonly connections: ConnectionFlags[] = [];
  connectError: Error | undefined;
  isTerminal = false;
  keyboard: Io['listenToKeys'];
  nowMs = NOW_MS;
  /** By which a replay sends. */
  clock: Clock = patientClock();

  /** As typed, split at spaces; a list for arguments that hold spaces. */
  async run(command: string | readonly string[]): Promise<Ran> {
    const [out, err]: [string[], string[]] = [[], []];
    const args = typeof command === 'string' ? command.split(' ') : command;
    const code = await main(['node', 'crossfade', ...args], this.cli(out, err));
    return { code, out: out.join(''), err: err.join('') };
  }

  /** What the source's metrics answer. */
  source: Evidence = { complete: true, windows: [] };

  /** What is in the AWS account. */
  account: Account | undefined;
  /** Who answers questions; undefined: nobody. */
  prompter: Prompter | undefined;

  /** When Ctrl-C is pressed; a command that asks for it is told of it. */
  interruption: Promise<void> | undefined;

  private cli(out: string[], err: string[]): Cli {
    const io = {
      out: (line: string) => void out.push(`${line}\n`),
      err: (line: string) => void err.push(`${line}\n`),
      write: (text: string) => void out.push(text),
      isTerminal: this.isTerminal,
      screenSize: () => ({ columns: 80, rows: 40 }),
      listenToKeys: this.keyboard,
      user: 'anna',
      env: {},
      now: () => this.nowMs,
      sleep: async (durationMs: number) => void (this.nowMs += durationMs),
    };
    const cli = createCli(io);
    return {
      ...cli,
      replay: () => ({ ...cli.replay(), processClock: () => this.clock }),
      connect: async (flags) => {
        this.connections.push({ ...flags });
        if (this.connectError) throw this.connectError;
        return this.session;
      },
      interruption: () =>
        this.interruption === undefined ? cli.interruption() : { happened: this.interruption, ignore: () => undefined },
      openAccount: (region) => this.account ?? cli.openAccount(region),
      prompter: () => this.prompter,
      openSource: () => ({ readWindows: async () => this.source }),
      openLedger: (...opened) => {
        this.ledger.opened.push(opened);
        return this.ledger;
      },
    };
  }
}

function next<T>(answers: T[]): T {
  const [first] = answers;
  if (answers.length > 1) answers.shift();
  return first as T;
}
