import type { IncomingMessage } from 'node:http';
import { severityOrNull, withPair } from '../analysis/worst-pairs';
import type { Ranked } from '../analysis/worst-pairs';
import type { CopySpec } from '../domain/spec';
import type { Difference } from './compare-answers';
import { endToEndHeaders } from './headers';
import { compileRedaction, redactHeaders, redactTarget } from './redact';
import type { Redaction } from './redact';

/** What many servers and load balancers call a request; the first that is there. */
const ID_HEADERS = ['x-request-id', 'x-correlation-id', 'x-amzn-trace-id', 'traceparent'];

interface StoredPair extends Ranked, Difference {
  /** Milliseconds since 1970 at which the pair was settled. */
  readonly atMs: number;
  /** undefined: the request bears none. */
  readonly id?: string;
  readonly method: string;
  /** Path with query. */
  readonly target: string;
}

/** A pair as it is told: null severity means that no distance exists. */
export type WorstPair = Omit<StoredPair, 'severity'> & { readonly severity: number | null };

/** The pairs that differ most since copying began. Nothing is kept that the order wants hidden. */
export class PairBook {
  private worst: readonly StoredPair[] = [];
  private readonly redactions = new WeakMap<object, Redaction>();

  constructor(private readonly now: () => number) {}

  add(difference: Difference, request: IncomingMessage, { redact }: Pick<CopySpec, 'redact'>): void {
    const redaction = this.redactionOf(redact);
    const headers = redactHeaders(endToEndHeaders(request), redaction);
    const id = ID_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
    this.worst = withPair(this.worst, {
      ...difference,
      atMs: this.now(),
      ...(id === undefined ? {} : { id: [id].flat().join(',') }),
      method: request.method ?? '',
      target: redactTarget(request.url ?? '/', redaction),
    });
  }

  clear(): void {
    this.worst = [];
  }

  read(): WorstPair[] {
    return this.worst.map((pair) => ({ ...pair, severity: severityOrNull(pair.severity) }));
  }

  private redactionOf(redact: CopySpec['redact']): Redaction {
    const known = redact === undefined ? undefined : this.redactions.get(redact);
    if (known !== undefined) return known;
    const compiled = compileRedaction({ headers: redact?.headers ?? [], paths: redact?.paths ?? [], query: [] });
    if (redact !== undefined) this.redactions.set(redact, compiled);
    return compiled;
  }
}
