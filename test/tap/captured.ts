import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { RecordedFile, Recordings } from '../../src/ports/recordings';
import { startCapture } from '../../src/tap/capture/capture';
import type { Capture, CaptureAccount, CaptureOptions } from '../../src/tap/capture/capture';
import type { RecordedLine } from '../../src/tap/capture/recorded-line';
import { compileRedaction } from '../../src/tap/redact';
import type { RedactionRules } from '../../src/tap/redact';
import { TestServer } from './support';

/** A place that can refuse, and keeps what it takes. */
export class FakeRecordings implements Recordings {
  readonly files = new Map<string, Buffer>();
  /** Writes that fail before one succeeds. */
  refusals = 0;

  async write(name: string, content: Uint8Array): Promise<void> {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error('the bucket is away');
    }
    if (!this.files.has(name)) this.files.set(name, Buffer.from(content));
  }

  async *list(): AsyncGenerator<RecordedFile> {
    for (const [name, content] of [...this.files].sort(([a], [b]) => (a < b ? -1 : 1)))
      yield {
        name,
        open: async function* () {
          yield content;
        },
      };
  }

  get lines(): RecordedLine[] {
    return [...this.files].flatMap(([name, content]) =>
      (name.endsWith('.gz') ? gunzipSync(content) : content)
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as RecordedLine),
    );
  }
}

/** A source with a capture in front of it. */
export class CaptureBed {
  readonly place = new FakeRecordings();
  readonly slept: number[] = [];
  nowMs = 1_700_000_000_000;
  account: CaptureAccount | undefined;

  private constructor(
    readonly source: TestServer,
    private running: Capture | undefined,
  ) {}

  static async start(
    options: Partial<CaptureOptions> = {},
    redaction: Partial<RedactionRules> = {},
  ): Promise<CaptureBed> {
    const bed = new CaptureBed(await new TestServer().start(), undefined);
    bed.running = await startCapture(bed.place, {
      listen: { host: '127.0.0.1', port: 0 },
      source: new URL(bed.source.url),
      fraction: 1,
      redaction: compileRedaction({ headers: [], paths: [], query: [], ...redaction }),
      requestCountMax: Number.POSITIVE_INFINITY,
      byteCountMax: Number.POSITIVE_INFINITY,
      openCountMax: 100,
      waitingBytesMax: 1_000_000,
      answerTimeoutMs: 5_000,
      captureId: 'cafe',
      isPacked: false,
      partBytesMax: 1_000_000,
      partAgeMaxMs: 3_600_000,
      retryAfterMs: [10, 20],
      sleep: async (durationMs) => void bed.slept.push(durationMs),
      random: () => 0,
      now: () => (bed.nowMs += 1),
      ...options,
    });
    return bed;
  }

  get isFull(): Promise<void> {
    return (this.running as Capture).isFull;
  }

  /** @returns status and body as the user gets them. */
  ask(path: string, options: http.RequestOptions = {}, body?: string | Buffer): Promise<[number, string]> {
    const { port } = this.running as Capture;
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  post(path: string, body: unknown, headers: http.OutgoingHttpHeaders = {}): Promise<[number, string]> {
    return this.ask(
      path,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      JSON.stringify(body),
    );
  }

  /** Once. */
  async stop(): Promise<CaptureAccount> {
    this.account ??= await (this.running as Capture).stop();
    await this.source.stop();
    return this.account;
  }
}

export function unaccounted(account: CaptureAccount): number {
  const { received, written, lost, dropped, skipped, unfinished, tooLarge } = account;
  return received - written - lost - dropped - skipped - unfinished - tooLarge;
}
