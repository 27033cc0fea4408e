import { MigrationError } from '../../../src/domain/errors';

type Call = () => Promise<unknown>;
/** What happens instead of a call; it may make the call, before, after, or never. */
type Fault = (call: Call) => Promise<unknown>;

interface Armed {
  readonly pattern: string;
  /** How many more matching calls pass unharmed. */
  passes: number;
  readonly fault: Fault;
  readonly isLasting: boolean;
}

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

const hangUp = (): MigrationError => new MigrationError('AwsUnavailable', 'socket hang up');

/**
 * The one mechanism by which fakes go wrong. Every method of every wrapped port passes through here under the name
 * `port.method`. A pattern is such a name, `port.*`, or `*`; the first armed fault that matches and is due takes the call.
 */
export class Faults {
  /** Every call that was made, in order. */
  readonly calls: string[] = [];
  private armed: Armed[] = [];

  count(pattern: string): number {
    return this.calls.filter((name) => matches(pattern, name)).length;
  }

  /** The effect happens and the caller never hears of it. */
  loseNextReply(pattern: string): void {
    this.loseReply(pattern, 1);
  }

  /** As loseNextReply. @param nth 1 for the next matching call. */
  loseReply(pattern: string, nth: number): void {
    this.intercept(pattern, nth, async (call) => {
      await call();
      throw hangUp();
    });
  }

  /** @param nth 1 for the next matching call. The effect does not happen. */
  failCall(pattern: string, nth: number, error: Error): void {
    this.intercept(pattern, nth, () => Promise.reject(error));
  }

  /** @returns ends the trouble. */
  failEvery(pattern: string, error: Error): () => void {
    const fault: Armed = { pattern, passes: 0, fault: () => Promise.reject(error), isLasting: true };
    this.armed.push(fault);
    return () => {
      this.armed = this.armed.filter((each) => each !== fault);
    };
  }

  /** The caller hears of a failure now, and the effect happens when `apply` is called: a write that arrives late. */
  delayNext(pattern: string): { apply(): Promise<void> } {
    let late: Call | undefined;
    this.intercept(pattern, 1, (call) => {
      late = call;
      return Promise.reject(hangUp());
    });
    return {
      apply: async () => {
        if (late === undefined) throw new Error(`no call of ${pattern} was delayed`);
        await late();
      },
    };
  }

  /** The caller waits, and the effect happens when `release` is called: an attempt that stalls and goes on. */
  holdNext(pattern: string): { readonly reached: Promise<void>; release(): void } {
    let reach = (): void => undefined;
    let release = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    this.intercept(pattern, 1, async (call) => {
      reach();
      await released;
      return call();
    });
    return { reached, release: () => release() };
  }

  /** The world changes just before the nth matching call takes effect. */
  before(pattern: string, nth: number, change: () => void): void {
    this.intercept(pattern, nth, (call) => {
      change();
      return call();
    });
  }

  after(pattern: string, nth: number, change: () => void): void {
    this.intercept(pattern, nth, async (call) => {
      const answer = await call();
      change();
      return answer;
    });
  }

  intercept(pattern: string, nth: number, fault: Fault): void {
    this.armed.push({ pattern, passes: nth - 1, fault, isLasting: false });
  }

  /** Forgets every fault and every call. */
  reset(): void {
    this.armed = [];
    this.calls.length = 0;
  }

  /** Also for a whole set of activities: `wrap('activities', createActivities(ports))`. */
  wrap<T extends object>(name: string, port: T): T {
    const methods = Object.entries(port).map(([method, run]) => {
      const through = (...args: unknown[]): Promise<unknown> =>
        this.pass(`${name}.${method}`, async () => (run as AnyMethod).apply(port, args));
      return [method, through];
    });
    return Object.fromEntries(methods) as T;
  }

  private pass(name: string, call: Call): Promise<unknown> {
    this.calls.push(name);
    const matching = this.armed.filter((each) => matches(each.pattern, name));
    const due = matching.find((each) => each.passes <= 0);
    for (const each of matching) each.passes -= 1;
    if (due === undefined) return call();
    if (!due.isLasting) this.armed = this.armed.filter((each) => each !== due);
    return due.fault(call);
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)));
}
