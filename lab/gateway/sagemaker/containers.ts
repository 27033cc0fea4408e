/** Where an endpoint's containers run. The gateway's own process hosts none: the daemon starts them in the fleet. */
import { emitToDaemon } from '../../rpc';

/** One container on one instance. */
export interface ContainerRequest {
  /** Unique among all that run. */
  readonly key: string;
  readonly endpointName: string;
  readonly variantName: string;
  /** What the endpoint's `crossfade:workload` tag says. */
  readonly workloadTag?: string;
}

export interface Containers {
  /** Resolves with the address under which it answers `GET /ping` and `POST /invocations`. */
  start(request: ContainerRequest): Promise<string>;
  /** Requests in flight are answered first. */
  stop(key: string): Promise<void>;
}

/** What the daemon says when it has acted. */
export interface ContainerReply {
  readonly id: number;
  readonly url?: string;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (url: string) => void;
  readonly reject: (error: Error) => void;
}

/** Asks by an event; the daemon, which alone may call, answers by a call of `containerReply`. */
export class DaemonContainers implements Containers {
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();

  start(request: ContainerRequest): Promise<string> {
    return this.ask('startContainer', request);
  }

  async stop(key: string): Promise<void> {
    await this.ask('stopContainer', { key });
  }

  receive({ id, url, error }: ContainerReply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(url ?? '');
    else waiting?.reject(new Error(error));
  }

  private ask(event: string, params: object): Promise<string> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      emitToDaemon(event, { id, ...params });
    });
  }
}
