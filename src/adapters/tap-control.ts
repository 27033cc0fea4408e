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
      const answer: unknown = JSON.parse(
        await this.ask(tap, `v1/windows?from=${fromMs}&to=${toMs}`, { method: 'GET' }),
      );
      if (!isWindowsAnswer(answer))
        return { complete: false, cause: `${tap}: the tap's answer is not a list of windows` };
      if (answer.keptFromMs > fromMs) {
        const lostMs = Math.min(answer.keptFromMs, toMs) - fromMs;
        return { complete: false, cause: `${tap}: the tap knows nothing of the first ${lostMs} ms: was it restarted?` };
      }
      const coveredToMs = Math.max(fromMs, Math.min(toMs, answer.settledToMs)) as EpochMs;
      if (toMs - coveredToMs > UNSETTLED_MS_MAX) {
        return { complete: false, cause: `${tap}: the tap has not settled a copy for ${toMs - coveredToMs} ms` };
      }
      return {
        complete: true,
        windows: answer.windows.filter((window) => window.endMs <= coveredToMs),
        ...(coveredToMs < toMs ? { coveredToMs } : {}),
      };
    } catch (error) {
      return { complete: false, cause: error instanceof Error ? error.message : String(error) };
    }
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
