/**
 * Whether the load balancer may send requests: yes while SageMaker says that the endpoint serves.
 * 1. Nothing is said to be well before it was seen to be.
 * 2. A look that fails changes nothing for `staleMs`: a throttled control plane must not take a fleet of proxies, which all
 *    look at the same endpoint, out of service at once.
 * 3. A stopping proxy is not well, whatever the endpoint is.
 */
export interface HealthOptions {
  /** @returns SageMaker's word for the endpoint's status. */
  readonly look: () => Promise<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 up to 1: so that many proxies do not look at the same moment. */
  readonly random: () => number;
  readonly onFailure: (error: unknown) => void;
  readonly everyMs?: number;
  readonly staleMs?: number;
}

/** One DescribeEndpoint a proxy. */
const EVERY_MS = 10_000;
const STALE_MS = 300_000;
/** Share of the interval by which it is shortened or lengthened at most. */
const JITTER = 0.2;

/** Other statuses serve nobody: Creating, Deleting, Failed, OutOfService, UpdateRollbackFailed. */
const SERVING = new Set(['InService', 'Updating', 'SystemUpdating', 'RollingBack']);

export class Health {
  private seen: { readonly status: string; readonly atMs: number } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isDraining = false;
  private isStopped = false;

  constructor(private readonly options: HealthOptions) {}

  start(): void {
    void this.lookOnAndOn();
  }

  drain(): void {
    this.isDraining = true;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** @returns why not; undefined: it is well. */
  complaint(): string | undefined {
    const { now, staleMs = STALE_MS } = this.options;
    if (this.isDraining) return 'stopping';
    if (this.seen === undefined) return 'the endpoint has not been seen yet';
    if (now() - this.seen.atMs > staleMs) return 'the endpoint has not been seen for too long';
    return SERVING.has(this.seen.status) ? undefined : `the endpoint is ${this.seen.status}`;
  }

  private async lookOnAndOn(): Promise<void> {
    const { look, now, random, onFailure, everyMs = EVERY_MS } = this.options;
    try {
      this.seen = { status: await look(), atMs: now() };
    } catch (error) {
      onFailure(error);
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.lookOnAndOn(), everyMs * (1 - JITTER + 2 * JITTER * random()));
  }
}
