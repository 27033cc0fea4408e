/** The tap's control protocol: `PUT /v1/shadow` gives orders, `GET /v1/windows` asks what happened. */
import { MigrationError } from '../domain/errors';
import type { Evidence, EvidenceWindow } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { Shadow, ShadowOrder } from '../ports/shadow';
import { fetchReason } from './fetch-reason';

const TIMEOUT_MS = 10_000;
const REASON_LENGTH_MAX = 300;
/** A request is settled within its body's time, its answers' and a repetition's (90 s in `tap/`, usually 10): later, the tap is stuck. */
const UNSETTLED_MS_MAX = 90_000;

interface WindowsAnswer {
  readonly windows: readonly EvidenceWindow[];
  /** Windows that end by then are final. */
  readonly settledToMs: number;
  /** Oldest time about which the tap knows everything; later than its start, since it remembers nothing from before. */
  readonly keptFromMs: number;
  /** Windows from `settledToMs` on are final too, and come when they are asked for. */
  readonly hasMore?: boolean;
}

interface WindowsPart {
  readonly windows: readonly EvidenceWindow[];
  readonly coveredToMs: EpochMs;
  readonly hasMore: boolean;
}

export class TapControl implements Shadow {
  /** @param token the secret that taps and workers share; undefined for a tap that asks for none. */
  constructor(private readonly token: string | undefined) {}

  async setOrder(tap: string, order: ShadowOrder): Promise<void> {
    await this.ask(tap, 'v1/shadow', {
      method: 'PUT',
      body: JSON.stringify(order),
      headers: { 'content-type': 'application/json' },
    });
  }

  /** Whatever keeps it from a whole answer is itself the answer: the judge calls it `blind` and says why. */
  async readWindows(tap: string, fromMs: EpochMs, toMs: EpochMs): Promise<Evidence> {
    try {
      const windows: EvidenceWindow[] = [];
      let coveredToMs = fromMs;
      for (let hasMore = true; hasMore;) {
        const part = await this.readPart(tap, coveredToMs, toMs);
        if (typeof part === 'string') return { complete: false, cause: `${tap}: ${part}` };
        windows.push(...part.windows);
        ({ coveredToMs, hasMore } = part);
      }
      if (toMs - coveredToMs > UNSETTLED_MS_MAX) {
        return { complete: false, cause: `${tap}: the tap has not settled a copy for ${toMs - coveredToMs} ms` };
      }
      return { complete: true, windows, ...(coveredToMs < toMs ? { coveredToMs } : {}) };
    } catch (error) {
      return { complete: false, cause: error instanceof Error ? error.message : String(error) };
    }
  }

  /** @returns why it is none, in words. @throws TapRefused, TapUnreachable. */
  private async readPart(tap: string, fromMs: EpochMs, toMs: EpochMs): Promise<WindowsPart | string> {
    const text = await this.ask(tap, `v1/windows?from=${fromMs}&to=${toMs}`, { method: 'GET' });
    const answer: unknown = JSON.parse(text);
    if (!isWindowsAnswer(answer)) return "the tap's answer is not a list of windows";
    const { windows, settledToMs, keptFromMs, hasMore = false } = answer;
    if (keptFromMs > fromMs) {
      const lostMs = Math.min(keptFromMs, toMs) - fromMs;
      return `the tap knows nothing of ${lostMs} ms from ${new Date(fromMs).toISOString()} on: was it restarted?`;
    }
    if (hasMore && settledToMs <= fromMs) return 'the tap has more windows than it shows';
    const coveredToMs = Math.max(fromMs, Math.min(toMs, settledToMs)) as EpochMs;
    return { windows: windows.filter(({ endMs }) => endMs <= coveredToMs), coveredToMs, hasMore };
  }

  /** @throws TapRefused, TapUnreachable. */
  private async ask(tap: string, path: string, init: RequestInit): Promise<string> {
    const url = `${tap.replace(/\/+$/, '')}/${path}`;
    const doing = `${init.method} ${url}`;
    const authorization: Record<string, string> =
      this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        ...init,
        headers: { ...init.headers, ...authorization },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new MigrationError('TapUnreachable', `${doing}: ${fetchReason(error)}`, { cause: error });
    }
    if (response.ok) return text;
    const answer = `${doing}: the tap answered ${response.status} ${text.slice(0, REASON_LENGTH_MAX)}`;
    const refused = response.status === 401 || response.status === 403;
    throw refused
      ? new MigrationError('TapRefused', `${answer}; is CROSSFADE_TAP_TOKEN the same for the tap and the worker?`)
      : new MigrationError('TapUnreachable', answer);
  }
}

function isWindowsAnswer(answer: unknown): answer is WindowsAnswer {
  if (answer === null || typeof answer !== 'object') return false;
  const { windows, settledToMs, keptFromMs } = answer as Partial<WindowsAnswer>;
  return Array.isArray(windows) && typeof settledToMs === 'number' && typeof keptFromMs === 'number';
}
