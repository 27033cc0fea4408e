import type { EvidenceWindow, TargetHealth } from '../domain/evidence';
import type { CostAccount, JudgePolicy, JudgeState } from '../domain/judge-state';
import type { CostSpec } from '../domain/spec';
import type { GuardrailResult } from '../domain/verdict';

/*
 * Cost of a request, of each side as if it had all of the traffic: a whole fleet at 10 % of it is dear by nature.
 *
 *   requestsPerHour = requests of both sides / hours watched
 *   source          = source.perHour / requestsPerHour + source.perRequest
 *   target          = (instances * target.perInstanceHour + target.perHour) / requestsPerHour + target.perRequest
 *   instances       = average of those registered; with `load`, projected to all of the traffic:
 *                     average * (average load / load.full) * (all requests / the target's), rounded up
 *
 * Arithmetic, no test: it holds a step and asks, and never rolls back.
 */

const EMPTY: CostAccount = {
  spanMs: 0,
  instanceMs: 0,
  requestCount: 0,
  targetRequestCount: 0,
  loadSum: 0,
  loadCount: 0,
};
const MS_PER_HOUR = 3_600_000;

/** A tap does not know the load, and recordings know no instances. */
function pricesOf({ mode, guardrails: { cost } }: JudgePolicy): CostSpec | undefined {
  if (cost === undefined || mode === 'files') return undefined;
  return mode === 'shadow' && cost.load !== undefined ? undefined : cost;
}

/** @param spanMs time that the windows cover, with those in which nobody asked anything. */
export function takeCost(
  state: JudgeState,
  windows: readonly EvidenceWindow[],
  spanMs: number,
  health: TargetHealth | { readonly unreadable: string },
  policy: JudgePolicy,
): Pick<JudgeState, 'cost'> {
  const prices = pricesOf(policy);
  if (prices === undefined) return {};
  const account = state.cost ?? EMPTY;
  if ('unreadable' in health) return { cost: account };
  const { load } = prices;
  const loads = windows.flatMap(({ target }) => (load === undefined ? [] : (target.metrics?.[load.query] ?? [])));
  const sum = (pick: (window: EvidenceWindow) => number): number =>
    windows.reduce((total, window) => total + pick(window), 0);
  const ofTarget = ({ target, shadow }: EvidenceWindow): number => shadow?.mirrored ?? target.requestCount;
  const ofAll = ({ source, target, shadow }: EvidenceWindow): number =>
    shadow?.received ?? source.requestCount + target.requestCount;
  return {
    cost: {
      spanMs: account.spanMs + spanMs,
      instanceMs: account.instanceMs + spanMs * health.registeredCount,
      requestCount: account.requestCount + sum(ofAll),
      targetRequestCount: account.targetRequestCount + sum(ofTarget),
      // One by one, so that slices give the same digits.
      loadSum: loads.reduce((total, value) => total + value, account.loadSum),
      loadCount: account.loadCount + loads.length,
    },
  };
}

/** Empty where there are no prices. */
export function judgeCost(state: JudgeState, policy: JudgePolicy): GuardrailResult[] {
  const prices = pricesOf(policy);
  if (prices === undefined) return [];
  const account = state.cost ?? EMPTY;
  const { requestCountMin } = policy.guardrails;
  const perHour = (account.requestCount / account.spanMs) * MS_PER_HOUR;
  const instances = instancesAt(account, prices, policy.healthyCountMin);
  const { source, target, ratioMax } = prices;
  const sourceCost = source.perHour / perHour + source.perRequest;
  const targetCost = (instances * target.perInstanceHour + target.perHour) / perHour + target.perRequest;
  const ratio = targetCost / sourceCost;
  const values = {
    requestsPerHour: told(perHour),
    instances: told(instances),
    sourceCost: told(sourceCost),
    targetCost: told(targetCost),
    ratio: told(ratio),
    ratioMax,
  };
  const answer = (kind: GuardrailResult['kind'], reason: string): GuardrailResult[] => [
    { guardrail: 'cost', kind, reason, values },
  ];
  if (account.targetRequestCount < requestCountMin)
    return answer(
      'insufficient',
      `cost: the target served ${account.targetRequestCount} requests, ${requestCountMin} are needed (cost)`,
    );
  if (!Number.isFinite(ratio))
    return answer('insufficient', 'cost: the load, the instances or the requests of the target are not known');
  const { coverageMin } = policy.guardrails;
  if (prices.load !== undefined && account.loadCount < coverageMin * state.windowsWithData)
    return answer(
      'insufficient',
      `cost: ${prices.load.query} is known in ${account.loadCount} of ${state.windowsWithData} windows, ${coverageMin * 100} % are needed`,
    );
  const seen = `with all of the traffic on ${text(instances)} instances a request costs ${text(targetCost)}, ${text(ratio)} × the source's ${text(sourceCost)}, ${ratioMax} × is allowed`;
  return ratio <= ratioMax ? answer('pass', seen) : answer('fail', `cost: ${seen}`);
}

function instancesAt(account: CostAccount, { load }: CostSpec, instanceCountMin: number): number {
  const average = account.instanceMs / account.spanMs;
  if (load === undefined) return average;
  const busy = account.loadSum / account.loadCount / load.full;
  const needed = average * busy * (account.requestCount / account.targetRequestCount);
  return Math.max(instanceCountMin, Math.ceil(needed));
}

/** Four digits are enough for a record; null: not known. */
function told(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

const text = (value: number): string => String(told(value));
