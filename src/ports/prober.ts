import type { SmokeRequestSpec } from '../domain/spec';

export interface ProbeAnswer {
  readonly status: number;
  /** Parsed JSON when the answer says so, else text. */
  readonly body: unknown;
  /** Unit: milliseconds, until the last byte. */
  readonly latencyMs: number;
}

/** Sends one request to the workload. Errors: `EndpointUnreachable`. */
export interface Prober {
  send(endpoint: string, request: SmokeRequestSpec, headers: Readonly<Record<string, string>>): Promise<ProbeAnswer>;
}
