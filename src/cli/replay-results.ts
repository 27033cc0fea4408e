/** What a replay saw, as files that `judge` and `compare` read. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer } from '../tap/answer';
import { redactBody } from '../tap/redact';
import type { Redaction } from '../tap/redact';
import type { ReplayedPair, SideName, SideResult } from '../tap/replay/replay';
import { unpack } from '../tap/unpack';
import { UsageError } from './failure';

interface TimedText {
  readonly offsetMs: number;
  readonly text: string;
}

const FILES = ['source.jsonl', 'target.jsonl', 'source-outputs.jsonl', 'target-outputs.jsonl'] as const;

/** Answers are kept without what is redacted. */
export class ReplayResults {
  private readonly requests: Record<SideName, TimedText[]> = { source: [], target: [] };
  private readonly outputs: Record<SideName, TimedText[]> = { source: [], target: [] };

  private constructor(
    private readonly directory: string,
    private readonly startMs: number,
    private readonly redaction: Redaction,
  ) {}

  /** @throws UsageError when results are there already: told before anything is sent, not after. */
  static async open(directory: string, startMs: number, redaction: Redaction): Promise<ReplayResults> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const names = new Set(await readdir(directory));
      const there = FILES.find((name) => names.has(name));
      if (there !== undefined) throw new Error(`${there} is there already`);
    } catch (error) {
      throw new UsageError(`--results ${directory}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return new ReplayResults(directory, startMs, redaction);
  }

  async take({ id, offsetMs, source, target }: ReplayedPair): Promise<void> {
    await this.takeSide('source', id, offsetMs, source);
    await this.takeSide('target', id, offsetMs, target);
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

  private async takeSide(side: SideName, id: string, offsetMs: number, result: SideResult): Promise<void> {
    const { answer, latencyMs, isOk } = result;
    const request = { id, at: this.startMs + offsetMs, latencyMs, ok: isOk, status: answer?.status };
    this.requests[side].push({ offsetMs, text: JSON.stringify(request) });
    const output = answer === undefined || !isOk ? undefined : await outputOf(answer, this.redaction);
    if (output !== undefined) this.outputs[side].push({ offsetMs, text: JSON.stringify({ id, output: output.value }) });
  }
}

/** @returns undefined: it cannot be read, or not be made sure to be without what is redacted. */
async function outputOf(answer: Answer, redaction: Redaction): Promise<{ readonly value: unknown } | undefined> {
  if (typeof answer.body === 'string') return undefined;
  const bytes = await unpack(Buffer.concat(answer.body), answer.contentEncoding);
  if (bytes === undefined) return undefined;
  const { body, bodyRedacted } = redactBody({ bytes, contentType: answer.contentType, contentEncoding: '' }, redaction);
  if (body === undefined) return bodyRedacted === undefined ? { value: '' } : undefined;
  if ('json' in body) return { value: body.json };
  if ('base64' in body) return { value: body.base64 };
  return { value: /[/+]json\b/i.test(answer.contentType) ? (JSON.parse(body.text) as unknown) : body.text };
}
