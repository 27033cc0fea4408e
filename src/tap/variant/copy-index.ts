import type { CapturedExchange } from '../capture/sagemaker-line';

/** Copies' answers that wait for the source's. Unit: bytes, and how many. */
const HELD_BYTES_MAX = 128 * 1_048_576;
const HELD_MAX = 100_000;

/**
 * Finds the copy of a request. SageMaker's own ID is the same on both lines of one event; where it is not, the sender's
 * is, if it gave one. A copy is found once.
 */
export class CopyIndex {
  private readonly byEvent = new Map<string, CapturedExchange>();
  private readonly byInference = new Map<string, CapturedExchange[]>();
  private readonly waiting = new Set<CapturedExchange>();
  private byteCount = 0;

  add(copy: CapturedExchange): void {
    const held = this.hasRoomFor(copy) ? copy : withoutAnswer(copy);
    this.waiting.add(held);
    if (held.eventId !== undefined) this.byEvent.set(held.eventId, held);
    if (held.inferenceId === undefined) return;
    const same = this.byInference.get(held.inferenceId) ?? [];
    same.push(held);
    this.byInference.set(held.inferenceId, same);
  }

  take({ eventId, inferenceId }: CapturedExchange): CapturedExchange | undefined {
    const copy =
      (eventId === undefined ? undefined : this.byEvent.get(eventId)) ??
      (inferenceId === undefined ? undefined : this.byInference.get(inferenceId)?.find((one) => this.waiting.has(one)));
    return copy !== undefined && this.waiting.delete(copy) ? copy : undefined;
  }

  /** Copies that nobody asked for. */
  left(): Iterable<CapturedExchange> {
    return this.waiting;
  }

  private hasRoomFor({ answer }: CapturedExchange): boolean {
    const { body } = answer ?? {};
    this.byteCount += typeof body === 'object' ? body.reduce((sum, part) => sum + part.length, 0) : 0;
    return this.byteCount <= HELD_BYTES_MAX && this.waiting.size < HELD_MAX;
  }
}

function withoutAnswer({ answer: _answer, ...rest }: CapturedExchange): CapturedExchange {
  return rest;
}
