import type { EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy, JudgeState, MetricTest, Tests } from '../domain/judge-state';
import type { MetricLimits } from '../domain/spec';
import type { GuardrailResult } from '../domain/verdict';
import { baselineAt } from './baseline-test';
import { finiteOrNull, judgeTested, WEAKER } from './guardrails';
import { addRatio, EMPTY_RATIOS, oddText, startRatioTest, takeRatios } from './ratio-test';
import { sourceServes } from './side';

/*
 * The spec's own metrics: GPU utilisation, tokens a second, whatever a query gives. Nothing is known of how they come about,
 * so only their ratio counts, window by window, in blocks.
 */

/** Beside the source, load and noise are shared: a look may be shorter than one at the baseline. */
const LOOKS_PER_BASELINE_LOOK = 4;

const START: MetricTest = { ...startRatioTest(), block: EMPTY_RATIOS };

/** A tap and a recording do not know these metrics. */
function limitsOf({ mode, guardrails }: JudgePolicy): readonly MetricLimits[] {
  return mode === 'cutover' ? (guardrails.metrics ?? []) : [];
}

export function takeMetrics(tests: Tests, window: EvidenceWindow, policy: JudgePolicy): Pick<Tests, 'metrics'> {
  const limits = limitsOf(policy);
  if (limits.length === 0) return {};
  const taken = limits.map((each) => {
    const test = tests.metrics?.[each.query] ?? START;
    return [each.query, takeMetric(test, window, policy, each)] as const;
  });
  return { metrics: Object.fromEntries(taken) };
}

function takeMetric(test: MetricTest, window: EvidenceWindow, policy: JudgePolicy, limits: MetricLimits): MetricTest {
  const { query, better } = limits;
  // Another source of metrics measured this window than the baseline.
  if (window.standIn !== undefined && !sourceServes(policy)) return test;
  const control = sourceServes(policy) ? window.source.metrics?.[query] : baselineAt(policy, window).metrics?.[query];
  const value = window.target.metrics?.[query];
  if (control === undefined || value === undefined || window.target.requestCount === 0) return test;
  const block = addRatio(test.block, better === 'lower' ? over(value, control) : over(control, value), limits);
  return block.windows < blockSize(policy) ? { ...test, block } : { ...takeRatios(test, block), block: EMPTY_RATIOS };
}

/** Nothing beside nothing is no difference. */
function over(value: number, control: number): number {
  return value === 0 && control === 0 ? 1 : value / control;
}

function blockSize(policy: JudgePolicy): number {
  return sourceServes(policy) ? windowsPerLook(policy.baselineBlock) : policy.baselineBlock;
}

/** Beside the source. */
export function windowsPerLook(baselineBlock: number): number {
  return Math.max(1, Math.floor(baselineBlock / LOOKS_PER_BASELINE_LOOK));
}

/** Queries whose values decide something. */
export function judgedMetrics({ guardrails: { metrics, cost } }: JudgePolicy): readonly string[] {
  return [...(metrics ?? []).map(({ query }) => query), ...(cost?.load === undefined ? [] : [cost.load.query])];
}

/** One answer for each; none where they are not known. */
export function judgeMetrics(state: JudgeState, policy: JudgePolicy): GuardrailResult[] {
  return limitsOf(policy).map((limits) => judgeMetric(state, policy, limits));
}

function judgeMetric(state: JudgeState, policy: JudgePolicy, limits: MetricLimits): GuardrailResult {
  const { query, better, ratioMax, ratioDetect } = limits;
  const test = state.tests.metrics?.[query] ?? START;
  const serves = sourceServes(policy);
  const control = serves ? 'the source now' : `the baseline ${WEAKER}`;
  const ratio = Math.exp(test.logRatioSum / test.lookCount);
  return judgeTested(
    {
      guardrail: 'metric',
      test,
      seen: `${query} of the target is ${ratio.toFixed(2)} × as bad as ${control} (${better} is better), ${ratioMax} × is allowed`,
      matters: `${ratioDetect} ×`,
      values: {
        query,
        ratio: finiteOrNull(ratio),
        lookCount: test.lookCount,
        control: serves ? 'source' : 'baseline',
        ratioMax,
        ratioDetect,
      },
    },
    state,
    policy,
    test.lookCount > 0 ? oddText(test) : `no value of ${query} of both the target and ${control} to compare yet`,
  );
}
