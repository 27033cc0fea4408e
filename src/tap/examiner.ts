import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { NOT_COMPARED } from './compare-answers';
import type { Case, Findings, Rules } from './examine';
import { examine } from './examine';

/** Who compares. Never rejects: what could not be examined was not compared. */
export interface Examiner {
  examine(pairs: Case, rules: Rules): Promise<Findings>;
  stop(): Promise<void>;
}

/** Compares where it is called: for tests, which cannot start a thread from sources. */
export class InlineExaminer implements Examiner {
  async examine(pairs: Case, rules: Rules): Promise<Findings> {
    return examine(pairs, rules).catch(() => nothingFound(pairs.pairs.length));
  }

  async stop(): Promise<void> {}
}

/** Cases that wait for the thread; beyond them, pairs are not compared. */
const WAITING_MAX = 64;
/** A document that needs more brings the thread down, and not the tap. Unit: MB. */
const HEAP_MB = 64;

export interface Asked {
  readonly id: number;
  readonly pairs: Case;
  /** Missing: those of the last question. */
  readonly rules?: Rules;
}

export interface Answered {
  readonly id: number;
  readonly findings: Findings;
}

interface Waiting {
  readonly pairCount: number;
  readonly resolve: (findings: Findings) => void;
}

/**
 * Compares in a thread of its own, so that parsing a large answer holds up no user.
 * 1. Every question is answered once, also when the thread dies.
 * 2. A thread that died is started again with the next question.
 */
export class ThreadExaminer implements Examiner {
  private readonly waiting = new Map<number, Waiting>();
  private thread: Worker | undefined;
  private sentRules: Rules | undefined;
  private lastId = 0;

  /** @param onDeath is told why the thread ended. */
  constructor(
    private readonly onDeath: (reason: string) => void,
    private readonly script = path.join(__dirname, 'examiner-thread.js'),
  ) {}

  examine(pairs: Case, rules: Rules): Promise<Findings> {
    if (this.waiting.size >= WAITING_MAX) return Promise.resolve(nothingFound(pairs.pairs.length));
    const thread = (this.thread ??= this.start());
    const asked: Asked = {
      id: (this.lastId += 1),
      pairs,
      ...(rules === this.sentRules ? {} : { rules }),
    };
    this.sentRules = rules;
    return new Promise((resolve) => {
      this.waiting.set(asked.id, { pairCount: pairs.pairs.length, resolve });
      thread.postMessage(asked);
    });
  }

  async stop(): Promise<void> {
    await this.thread?.terminate();
  }

  private start(): Worker {
    const thread = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
    });
    thread.on('message', ({ id, findings }: Answered) => {
      this.waiting.get(id)?.resolve(findings);
      this.waiting.delete(id);
    });
    // An exit follows.
    thread.on('error', (error) => this.onDeath(error.message));
    thread.on('exit', () => {
      this.thread = undefined;
      this.sentRules = undefined;
      for (const { pairCount, resolve } of this.waiting.values()) resolve(nothingFound(pairCount));
      this.waiting.clear();
    });
    thread.unref();
    return thread;
  }
}

function nothingFound(pairCount: number): Findings {
  return { results: Array.from({ length: pairCount }, () => NOT_COMPARED) };
}
