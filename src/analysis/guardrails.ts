import type { TargetHealth } from '../domain/evidence';
import type { Compared, Counts, JudgePolicy, JudgeState, RatioTest, SequentialTest } from '../domain/judge-state';
import type { LatencyLimits } from '../domain/spec';
import type { GuardrailName, GuardrailResult } from '../domain/verdict';
import { startLatencyTest } from './latency-test';
import { findingOf } from './sequential-test';
import type { Finding } from './sequential-test';
import { oddText } from './ratio-test';
import { sourceServes } from './side';

export const asPercent = (share: number): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(2)} %` : 'unknown';

/** One guardrail that is decided by a sequential test. */
export interface Tested {
  readonly guardrail: GuardrailName;
  readonly test: SequentialTest;
  /** What was seen, and the limit. */
  readonly seen: string;
  /** The regression that matters, as it stands in a sentence. */
  readonly matters: string;
  readonly values: Readonly<Record<string, number | string | null>>;
}

/** @param missing why there is nothing to compare with; undefined: there is. */
export function judgeTested(
  tested: Tested,
  { targetRequestCount }: Pick<Counts, 'targetRequestCount'>,
  policy: Pick<JudgePolicy, 'alpha' | 'guardrails'>,
  missing?: string,
): GuardrailResult {
  const { guardrail, seen, matters } = tested;
  const finding = findingOf(tested.test, policy);
  const { requestCountMin, passConfidence } = policy.guardrails;
  const values = {
    ...tested.values,
    chanceIfGood: rounded(finding.chanceIfGood),
    alpha: rounded(policy.alpha),
    confidence: rounded(finding.confidence),
    passConfidence,
  };
  const answer = (kind: GuardrailResult['kind'], reason: string): GuardrailResult => ({
    guardrail,
    kind,
    reason,
    values,
  });
  if (finding.kind === 'fail') return answer('fail', `${seen}: ${chanceText(finding)}`);
  if (missing !== undefined) return answer('insufficient', missing);
  if (targetRequestCount < requestCountMin) {
    return answer(
      'insufficient',
      `the target served ${targetRequestCount} requests, ${requestCountMin} are needed (${guardrail})`,
    );
  }
  return finding.kind === 'pass'
    ? answer('pass', `${seen}; ${matters} is excluded`)
    : answer(
        'insufficient',
        `${seen}; ${matters} is not excluded yet: confidence ${asPercent(finding.confidence)}, ${asPercent(passConfidence)} is needed${moreText(finding, targetRequestCount, passConfidence)}`,
      );
}

/** At the pace of the evidence so far. */
function moreText({ confidence }: Finding, targetRequestCount: number, passConfidence: number): string {
  const [have, need] = [-Math.log1p(-confidence), -Math.log1p(-passConfidence)];
  if (!(have > EVIDENCE_MIN)) return '';
  return `, about ${Math.ceil(targetRequestCount * (need / have - 1))} more requests on the target`;
}

/** Natural logarithm; with less there is no pace yet. */
const EVIDENCE_MIN = 0.2;

function chanceText({ chanceIfGood }: Finding): string {
  const odds = 1 / chanceIfGood;
  return `within the limit this has a chance of at most 1 in ${odds < 1e9 ? Math.floor(odds) : odds.toExponential(0)}`;
}

/** Four digits are enough for a record. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** The target's errors against the source's at the same time. */
export function judgeErrorRate(state: Compared, policy: JudgePolicy): GuardrailResult {
  const { errorRateMargin, errorRateDetect } = policy.guardrails;
  const serves = sourceServes(policy);
  const controlRate = serves
    ? state.sourceErrorCount / state.sourceRequestCount
    : (policy.baselineErrorRate ?? Number.NaN);
  const control = serves ? "the source's" : `${baselineName(policy)}'s ${WEAKER}`;
  return judgeTested(
    {
      guardrail: 'errorRate',
      test: state.tests.errorRate,
      seen: `error rate of the target is ${ratesText(state)}, ${control} ${asPercent(controlRate)}, ${points(errorRateMargin)} more is allowed`,
      matters: `an excess of ${points(errorRateDetect)}`,
      values: {
        targetRequests: state.targetRequestCount,
        targetErrors: state.targetErrorCount,
        controlErrorRate: finiteOrNull(controlRate),
        control: serves ? 'source' : baselineName(policy),
        errorRateMargin,
        errorRateDetect,
      },
    },
    state,
    policy,
    Number.isFinite(controlRate) ? undefined : 'no errors and no requests of the source to compare with',
  );
}

/** Said wherever the baseline is the control. */
export const WEAKER = '(no traffic is left on the source: weaker evidence)';

function baselineName({ baselineHours }: JudgePolicy): string {
  const hasHours = Object.keys(baselineHours ?? {}).length > 0;
  return hasHours ? 'the baseline of the same hour of the week' : 'the baseline';
}

/** The target's errors against the SLA. */
export function judgeErrorSla(state: Compared, policy: JudgePolicy): GuardrailResult {
  const { errorRateMax } = policy.guardrails;
  return judgeTested(
    {
      guardrail: 'errorSla',
      test: state.tests.errorSla,
      seen: `error rate of the target is ${ratesText(state)}, the SLA is ${asPercent(errorRateMax)}`,
      matters: `a rate of ${asPercent(errorRateMax)}`,
      values: { targetRequests: state.targetRequestCount, targetErrors: state.targetErrorCount, errorRateMax },
    },
    state,
    policy,
  );
}

function ratesText({ targetErrorCount, targetRequestCount }: Counts): string {
  return `${asPercent(targetErrorCount / targetRequestCount)} (${targetErrorCount} of ${targetRequestCount})`;
}

const points = (rate: number): string => `${Number((rate * 100).toPrecision(4))} points`;

/** One answer for each quantile. With no traffic left on the source the baseline is the control, and the verdict says so. */
export function judgeLatency(state: Compared, policy: JudgePolicy): GuardrailResult[] {
  return policy.guardrails.latency.map((limits) => judgeQuantile(state, policy, limits));
}

function judgeQuantile(
  state: Compared,
  policy: JudgePolicy,
  { quantile, ratioMax, ratioDetect }: LatencyLimits,
): GuardrailResult {
  const test = state.tests.latency[quantile] ?? startLatencyTest();
  const serves = sourceServes(policy);
  const control = serves ? 'the source now' : `${baselineName(policy)} ${WEAKER}`;
  const ratio = Math.exp(test.logRatioSum / test.lookCount);
  const name = quantile.toUpperCase();
  return judgeTested(
    {
      guardrail: 'latency',
      test,
      seen: `${name} of the target is ${ratio.toFixed(2)} × ${control}, ${ratioMax} × is allowed`,
      matters: `${ratioDetect} ×`,
      values: {
        quantile,
        ratio: finiteOrNull(ratio),
        lookCount: test.lookCount,
        control: serves ? 'source' : baselineName(policy),
        ratioMax,
        ratioDetect,
      },
    },
    state,
    policy,
    test.lookCount > 0
      ? (oddText(test) ?? unknownText(test, name, policy))
      : `no ${name} of both the target and ${control} to compare`,
  );
}

/** The windows that are missing may be the slow ones: those beyond what a histogram can tell. */
function unknownText(
  { unknownCount = 0, lookCount }: RatioTest,
  name: string,
  { guardrails: { coverageMin } }: JudgePolicy,
): string | undefined {
  const known = lookCount / (lookCount + unknownCount);
  return known >= coverageMin
    ? undefined
    : `${name} is known in ${asPercent(known)} of the windows with enough requests, ${asPercent(coverageMin)} are needed`;
}

export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function judgeHealth(
  health: TargetHealth | { readonly unreadable: string },
  policy: JudgePolicy,
): GuardrailResult {
  if ('unreadable' in health) {
    return {
      guardrail: 'targetHealth',
      kind: 'blind',
      reason: `target health cannot be read: ${health.unreadable}`,
      values: {},
    };
  }
  const { healthyCount, registeredCount } = health;
  return {
    guardrail: 'targetHealth',
    kind: healthyCount >= policy.healthyCountMin ? 'pass' : 'fail',
    reason: `${healthyCount} of ${registeredCount} targets are healthy, at least ${policy.healthyCountMin} must be`,
    values: { healthyCount, registeredCount, healthyCountMin: policy.healthyCountMin },
  };
}

export function judgeCoverage(state: JudgeState, policy: JudgePolicy): GuardrailResult {
  const { coverageMin } = policy.guardrails;
  const share = state.windowsWithData / state.windowsExpected;
  return {
    guardrail: 'coverage',
    // 0 of 0 windows is NaN and does not hold.
    kind: share >= coverageMin ? 'pass' : 'insufficient',
    reason: `${state.windowsWithData} of ${state.windowsExpected} windows had data, at least ${asPercent(coverageMin)} must have`,
    values: {
      windowsWithData: state.windowsWithData,
      windowsExpected: state.windowsExpected,
      windowsBlind: state.windowsBlind,
      coverageMin,
    },
  };
}
