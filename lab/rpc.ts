/**
 * Calls between the lab's daemon and its Node children, over the IPC channel that `fork` opens.
 * The channel is also the children's lifeline: when the daemon dies, however it dies, the channel closes and the child exits.
 */
import type { ChildProcess } from 'node:child_process';

/** One method of a child; takes one JSON object, answers one JSON value. */
export type RpcHandler = (params: never) => unknown;

interface CallMessage {
  readonly kind: 'call';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

interface ReplyMessage {
  readonly kind: 'reply';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface EventMessage {
  readonly kind: 'event';
  readonly name: string;
  readonly data: unknown;
}

/** How long a child may take for one call before the daemon gives up on it. Unit: milliseconds. */
const CALL_TIMEOUT_MS = 15_000;

/** Child side: answer the daemon's calls, and exit when the daemon is gone. */
export function serveDaemon(handlers: Record<string, RpcHandler>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  // Ctrl-C in a terminal reaches the whole process group; the daemon decides who stops and when.
  process.on('SIGINT', () => undefined);
  process.on('message', (message: CallMessage) => {
    if (message.kind !== 'call') return;
    void answer(handlers, message).then((reply) => process.send?.(reply));
  });
}

async function answer(handlers: Record<string, RpcHandler>, call: CallMessage): Promise<ReplyMessage> {
  const handler = handlers[call.method];
  if (handler === undefined) return { kind: 'reply', id: call.id, error: `no method ${call.method}` };
  try {
    return { kind: 'reply', id: call.id, value: await handler(call.params as never) };
  } catch (error) {
    return { kind: 'reply', id: call.id, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Child side: tell the daemon something. The first event of every child is `ready`, with its addresses. */
export function emitToDaemon(name: string, data: unknown): void {
  process.send?.({ kind: 'event', name, data } satisfies EventMessage);
}

/** Daemon side of one child's channel. */
export class ChildChannel {
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private readonly listeners = new Map<string, (data: never) => void>();

  constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message: ReplyMessage | EventMessage) => this.receive(message));
    child.on('exit', () => this.failAll(`${name} exited`));
  }

  on(event: string, listener: (data: never) => void): void {
    this.listeners.set(event, listener);
  }

  call<T>(method: string, params: unknown = {}): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => this.settle(id)?.reject(new Error(`${this.name}.${method}: no answer`)),
        CALL_TIMEOUT_MS,
      );
      const done =
        <V>(next: (value: V) => void) =>
        (value: V): void => {
          clearTimeout(timer);
          next(value);
        };
      this.waiting.set(id, { resolve: done(resolve as (value: unknown) => void), reject: done(reject) });
      this.child.send({ kind: 'call', id, method, params } satisfies CallMessage, (error) => {
        if (error) this.settle(id)?.reject(error);
      });
    });
  }

  private receive(message: ReplyMessage | EventMessage): void {
    if (message.kind === 'event') {
      this.listeners.get(message.name)?.(message.data as never);
      return;
    }
    const pending = this.settle(message.id);
    if (message.error === undefined) pending?.resolve(message.value);
    else pending?.reject(new Error(`${this.name}: ${message.error}`));
  }

  private settle(id: number): { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined {
    const pending = this.waiting.get(id);
    this.waiting.delete(id);
    return pending;
  }

  private failAll(reason: string): void {
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(new Error(reason));
  }
}
