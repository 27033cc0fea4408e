/** What a replay saw, as files that `judge` and `compare` read. */
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
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
type FileName = (typeof FILES)[number];

/** Answers are kept without what is redacted, in the order in which they came; requests in the order of time. */
export class ReplayResults {
  private readonly requests: Record<SideName, TimedText[]> = { source: [], target: [] };

  private constructor(
    private readonly files: Readonly<Record<FileName, FileHandle>>,
    private readonly startMs: number,
    private readonly redaction: Redaction,
  ) {}

  /** @throws UsageError when results are there already: told before anything is sent, not after. */
  static async open(directory: string, startMs: number, redaction: Redaction): Promise<ReplayResults> {
    const opened: [FileName, FileHandle][] = [];
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      for (const name of FILES) opened.push([name, await open(join(directory, name), 'wx', 0o600)]);
    } catch (error) {
      for (const [, file] of opened) await file.close();
      throw new UsageError(`--results ${directory}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return new ReplayResults(Object.fromEntries(opened) as Record<FileName, FileHandle>, startMs, redaction);
  }

  async take({ id, offsetMs, source, target }: ReplayedPair): Promise<void> {
    await this.takeSide('source', id, offsetMs, source);
    await this.takeSide('target', id, offsetMs, target);
  }

  async close(): Promise<void> {
    for (const side of ['source', 'target'] as const) {
      const lines = this.requests[side].sort((a, b) => a.offsetMs - b.offsetMs).map(({ text }) => `${text}\n`);
      await this.files[`${side}.jsonl`].appendFile(lines.join(''));
    }
    for (const file of Object.values(this.files)) await file.close();
  }

  private async takeSide(side: SideName, id: string, offsetMs: number, result: SideResult): Promise<void> {
    const { answer, latencyMs, isOk } = result;
    const request = { id, at: this.startMs + offsetMs, latencyMs, ok: isOk, status: answer?.status };
    this.requests[side].push({ offsetMs, text: JSON.stringify(request) });
    const output = answer === undefined || !isOk ? undefined : await outputOf(answer, this.redaction);
    if (output === undefined) return;
    await this.append(side, `${JSON.stringify({ id, output: output.value })}\n`);
  }

  private readonly appending: Record<SideName, Promise<void>> = {
    source: Promise.resolve(),
    target: Promise.resolve(),
  };

  /** One after the other: lines of two pairs must not mix. */
  private append(side: SideName, text: string): Promise<void> {
    this.appending[side] = this.appending[side].then(() => this.files[`${side}-outputs.jsonl`].appendFile(text));
    return this.appending[side];
  }
}

/** @returns undefined: it cannot be read, or not be made sure to be without what is redacted. */
async function outputOf(answer: Answer, redaction: Redaction): Promise<{ readonly value: unknown } | undefined> {
  if (typeof answer.body !== 'object') return undefined;
  const bytes = await unpack(Buffer.concat(answer.body), answer.contentEncoding);
  if (bytes === undefined) return undefined;
  const { body, bodyRedacted } = redactBody({ bytes, contentType: answer.contentType, contentEncoding: '' }, redaction);
  if (body === undefined) return bodyRedacted === undefined ? { value: '' } : undefined;
  if ('json' in body) return { value: body.json };
  if ('base64' in body) return { value: body.base64 };
  return { value: /[/+]json\b/i.test(answer.contentType) ? (JSON.parse(body.text) as unknown) : body.text };
}
