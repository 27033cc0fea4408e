/** What a replay saw, as files that `judge` and `compare` read. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplayedPair, SideResult } from '../tap/replay/replay';
import { UsageError } from './failure';

interface TimedText {
  readonly offsetMs: number;
  readonly text: string;
}

const FILES = ['source.jsonl', 'target.jsonl', 'source-outputs.jsonl', 'target-outputs.jsonl'] as const;

/** Answers are kept as they were compared: without what is redacted. */
export class ReplayResults {
  private readonly requests: Record<'source' | 'target', TimedText[]> = { source: [], target: [] };
  private readonly outputs: Record<'source' | 'target', TimedText[]> = { source: [], target: [] };

  private constructor(
    private readonly directory: string,
    private readonly startMs: number,
  ) {}

  /** @throws UsageError when results are there already: told before anything is sent, not after. */
  static async open(directory: string, startMs: number): Promise<ReplayResults> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const names = new Set(await readdir(directory));
      const there = FILES.find((name) => names.has(name));
      if (there !== undefined) throw new Error(`${there} is there already`);
    } catch (error) {
      throw new UsageError(`--results ${directory}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return new ReplayResults(directory, startMs);
  }

  take({ id, offsetMs, source, target }: ReplayedPair): void {
    this.takeSide('source', id, offsetMs, source);
    this.takeSide('target', id, offsetMs, target);
  }

  /** Replaces nothing. */
  async write(): Promise<void> {
    const { requests, outputs } = this;
    const contents = [requests.source, requests.target, outputs.source, outputs.target];
    for (const [index, name] of FILES.entries()) {
      const lines = (contents[index] ?? []).sort((a, b) => a.offsetMs - b.offsetMs).map(({ text }) => `${text}\n`);
      await writeFile(join(this.directory, name), lines.join(''), { flag: 'wx', mode: 0o600 });
    }
  }

  private takeSide(side: 'source' | 'target', id: string, offsetMs: number, result: SideResult): void {
    const { status, latencyMs, isOk, output } = result;
    const request = { id, at: this.startMs + offsetMs, latencyMs, ok: isOk, status };
    this.requests[side].push({ offsetMs, text: JSON.stringify(request) });
    if (output === undefined || !isOk) return;
    this.outputs[side].push({ offsetMs, text: JSON.stringify({ id, output: output.value }) });
  }
}
