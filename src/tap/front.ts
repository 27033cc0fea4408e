import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ShadowOrder } from '../ports/shadow';
import { captureBody } from './body';
import { ByteBudget } from '../server/byte-budget';
import type { TapConfig } from './config';
import type { Controlled } from './control';
import { Copier } from './copier';
import type { CopierOptions } from './copier';
import type { Examiner } from './examiner';
import { isHealthCheck, MARK_HEADER } from './headers';
import { TapMetrics } from './metrics';
import type { Standing } from './metrics';
import { mirrorRequest, PAIR_TIMEOUT_MS } from './mirror';
import type { Candidate, CopyOrder, Mirroring } from './mirror';
import { NO_ORDER } from './order';
import { PairBook } from './pair-book';
import { sampleKeyOf } from './sampling';
import type { Settlement } from './settlement';
import { connectSource, refuseUnsendable, SourceExchange } from './source-exchange';
import { WindowBook } from './windows';

/** Bodies kept, of all requests together. Unit: bytes. */
const KEPT_BYTES_MAX = 24 * 1_048_576;
/** Requests sent to the source again, at a time and waiting: its users come first. */
const REPEATS = { concurrencyMax: 4, queueMax: 16 };

export interface TapOptions extends CopierOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly examiner: Examiner;
  readonly pairTimeoutMs?: number;
  readonly keptBytesMax?: number;
}

/**
 * The users' side.
 * 1. Whatever becomes of a copy, the user is answered from the source, and waits for nothing else.
 * 2. Every request that is received is settled once.
 * 3. What is kept of bodies is within one budget, and is given back when the request is settled.
 */
export class Front implements Controlled {
  readonly token: string;
  readonly metricsAccess: TapConfig['metricsAccess'];
  readonly windows: WindowBook;
  readonly pairs: PairBook;
  readonly metrics = new TapMetrics(() => this.standing());
  private fraction = 0;
  private copyOrder: CopyOrder | undefined;
  private readonly budget: ByteBudget;
  private readonly source: ReturnType<typeof connectSource>;
  private readonly mirroring: Mirroring;

  constructor(config: TapConfig, options: TapOptions) {
    this.token = config.token;
    this.metricsAccess = config.metricsAccess;
    this.windows = new WindowBook(options.now);
    this.pairs = new PairBook(options.now);
    this.budget = new ByteBudget(options.keptBytesMax ?? KEPT_BYTES_MAX);
    this.source = connectSource(config.source);
    this.mirroring = {
      source: config.source,
      copier: new Copier(options),
      repeater: new Copier({ ...options, ...REPEATS }),
      examiner: options.examiner,
      mark: markOf(config.token),
      pairTimeoutMs: options.pairTimeoutMs ?? PAIR_TIMEOUT_MS,
      onDifference: (difference, request, order) => this.pairs.add(difference, request, order),
    };
    this.setOrder(NO_ORDER);
  }

  setOrder(order: ShadowOrder): void {
    // Repeating an order changes nothing; copying that begins again looks at another target.
    if (this.fraction === 0 && order.fraction > 0) this.pairs.clear();
    this.fraction = order.fraction;
    this.copyOrder = copyOrderOf(order);
  }

  standing(): Standing {
    const { copier } = this.mirroring;
    return {
      fraction: this.fraction,
      waitingCopies: copier.waitingCount,
      runningCopies: copier.runningCount,
      keptBytes: this.budget.takenBytes,
      openRequests: this.windows.openCount(),
    };
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers[MARK_HEADER] === this.mirroring.mark) {
      refuseOwnCopy(request, response);
      return;
    }
    this.metrics.receive();
    const ticket = this.windows.receive();
    const settle = (settlement: Settlement): void => {
      ticket.settle(settlement);
      this.metrics.settle(settlement);
    };
    const requests = this.budget.open();
    const answers = this.budget.open();
    const body = captureBody(request, requests);
    const exchange = this.open(request, response, body, answers);
    const order = this.copyOrder;
    if (exchange === undefined || order === undefined || isHealthCheck(request)) {
      // Before a byte of either has come: nobody will look at them.
      requests.close();
      answers.close();
      settle({ kind: 'skipped' });
      return;
    }
    const candidate: Candidate = {
      request,
      body,
      key: sampleKeyOf(request, order.sampleBy),
      source: exchange.outcome,
      answers,
    };
    const settled = mirrorRequest(this.mirroring, order, candidate)
      // A fault in copying must not end the process that answers users.
      .catch((): Settlement => ({ kind: 'dropped' }))
      .then((settlement) => {
        answers.close();
        settle(settlement);
      });
    // The source's side may need the body longer than the copy.
    void Promise.all([settled, exchange.outcome]).then(() => requests.close());
  }

  async stop(): Promise<void> {
    this.mirroring.copier.stop();
    this.mirroring.repeater.stop();
    this.source.agent.destroy();
    await this.mirroring.examiner.stop();
  }

  /** @returns undefined for a request that cannot be sent on; the user is told. */
  private open(
    ...[request, response, body, answers]: Tail<ConstructorParameters<typeof SourceExchange>>
  ): SourceExchange | undefined {
    try {
      return new SourceExchange(this.source, request, response, body, answers);
    } catch {
      refuseUnsendable(request, response);
      return undefined;
    }
  }
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** @returns undefined when nothing is to be copied. */
function copyOrderOf(order: ShadowOrder): CopyOrder | undefined {
  const { target, equivalence, segmentBy, redact } = order;
  if (target === undefined || order.fraction === 0) return undefined;
  const rules = {
    equivalence,
    redactPaths: redact?.paths ?? [],
    ...(segmentBy !== undefined && 'path' in segmentBy ? { labelPath: segmentBy.path } : {}),
  };
  return { ...order, target: { ...target, url: new URL(target.url) }, rules };
}

/** Taps of one token recognise each other's copies, and nobody else can make one. */
function markOf(token: string): string {
  return createHmac('sha256', token).update('crossfade tap copy').digest('hex').slice(0, 32);
}

/** A copy that comes back here would compare the source with itself, and be copied for ever. */
function refuseOwnCopy(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(508, { 'content-type': 'text/plain' });
  response.end('this is a copy: it was meant for the target\n');
}
