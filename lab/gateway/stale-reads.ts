/** Old answers to reads, for the `stale_read` fault: what an eventually consistent API may still say after a write. */
import type { Answer } from './answer';
import type { AwsRequest } from './request';

const ENTRIES_MAX = 200;
const BYTES_MAX = 64 * 1024;

export class StaleReads {
  private readonly answers = new Map<string, Answer>();

  /** Keeps the newest good answer to each distinct read. */
  remember(request: AwsRequest, answer: Answer): void {
    if (!/^(Describe|Get|List)/.test(request.operation) || answer.status !== 200 || answer.body.length > BYTES_MAX)
      return;
    const key = keyOf(request);
    this.answers.delete(key);
    this.answers.set(key, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > ENTRIES_MAX && oldest !== undefined) this.answers.delete(oldest);
  }

  find(request: AwsRequest): Answer | undefined {
    return this.answers.get(keyOf(request));
  }
}

function keyOf(request: AwsRequest): string {
  return `${request.service} ${request.operation} ${request.url} ${request.body?.toString('utf8') ?? ''}`;
}
