import { alphaPerTest, testCount } from '../analysis/budget';
import type { StepPower } from '../analysis/power';
import { chooseMethod } from '../domain/data-method';
import { isProvenByReport } from '../domain/managed-transfer';
import type { CutoverStep, Plan } from '../domain/plan';
import { formatDuration } from '../domain/quantity';
import { namesOf, SHADOW_VARIANT } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import { formatWeights } from '../domain/weights';
import { dataLines } from './data-plan-text';
import { databaseLines, levelLines } from './database-plan-text';

/** The whole migration on one page, in the order in which it happens. */
export function planLines(plan: Plan, spec: MigrationSpec, power?: readonly StepPower[]): string[] {
  return [
    `plan for ${plan.workload} in ${spec.region}: at least ${formatDuration(plan.shortestMs)}, without gates, extensions and set-up`,
    '',
    `1 baseline       ${formatDuration(plan.baselineWindowMs)} of the source's metrics, ${shareOf(spec.baseline.coverageMin)} of the windows with data`,
    '2 environment',
    ...plan.environment.map((step) => `    ${step.kind.padEnd(19)} ${step.name}`),
    ...shadowLines(spec),
    ...plan.shadow.map((step) => `    ${`${step.fractionPercent} %`.padEnd(19)} held ${formatDuration(step.holdMs)}`),
    '4 cutover        source/target',
    ...promotionLines(plan),
    ...plan.cutover.flatMap((step) => [...freezeLines(step), ...levelLines(step, spec), cutoverLine(step)]),
    '5 decommission',
    ...decommissionLines(plan),
    '',
    'guardrails',
    ...guardrailLines(plan, spec),
    '',
    ...powerLines(power, spec),
    ...dataLines(spec.data.map(chooseMethod), spec.data),
    ...transferLines(spec),
    ...databaseLines(spec),
    `creates          ${plan.creates.join(', ') || 'nothing'}`,
    `gates            ${plan.gates.length === 0 ? 'none' : plan.gates.join(', ')}`,
    `ledger           ${spec.ledger}`,
    ...routerLines(spec),
  ];
}

function shadowLines({ shadow, router }: MigrationSpec): string[] {
  const { variant } = shadow;
  if (variant === undefined) return ['3 shadow         answered by the source; copies to the target, outputs compared'];
  return [
    `3 shadow         answered by the source; copies by the endpoint ${router.sagemaker?.endpointName} itself to its shadow variant ${SHADOW_VARIANT}`,
    `    captured to ${variant.captureTo}, outputs compared from there, up to ${formatDuration(variant.lagMs)} later`,
  ];
}

function promotionLines({ promotion }: Plan): string[] {
  if (promotion === undefined) return [];
  const { gate, steps } = promotion;
  return steps.map(
    ({ kind, name }, index) => `    ${kind.padEnd(19)} ${name}${index <= 1 ? `, after gate ${gate}` : ''}`,
  );
}

/** Who moves what, and what proves it, where that is not the worker. */
function transferLines({ data }: MigrationSpec): string[] {
  return data.flatMap((dataSet) => {
    const { name, from, datasync } = dataSet;
    if (datasync === undefined) return [];
    const proof = isProvenByReport(dataSet) ? 'proven by its task reports in' : 'compared byte by byte; reports in';
    return [`data             ${name}: ${from} by DataSync in ${datasync.mode} mode, ${proof} ${datasync.reportTo}`];
  });
}

function cutoverLine(step: CutoverStep): string {
  const gate = step.gate === undefined ? '' : `, after gate ${step.gate}`;
  return `    ${formatWeights(step.weights).padEnd(19)} held ${formatDuration(step.stabilizationMs)}${gate}`;
}

/** What happens to the data before the first weight. */
function freezeLines({ freeze }: CutoverStep): string[] {
  if (freeze === undefined) return [];
  const { dataSets, databases, freezeMaxMs } = freeze;
  return [
    ...(dataSets.length === 0
      ? []
      : [
          `    ${'freeze'.padEnd(19)} ${dataSets.join(', ')}: final delta and full verification, at most ${formatDuration(freezeMaxMs)} by forecast; else a gate`,
        ]),
    ...(databases.length === 0
      ? []
      : [`    ${'level'.padEnd(19)} ${databases.join(', ')}: a person says when the change capture is (not executed)`]),
  ];
}

/** A rule's weights count at once; an answer of DNS that somebody keeps does not. */
function routerLines({ router: { route53, sagemaker } }: MigrationSpec): string[] {
  if (sagemaker !== undefined)
    return [
      `rollback         asked for at once; SageMaker takes minutes to carry it out, and one change of an endpoint at a time`,
    ];
  if (route53 === undefined) return [];
  return [
    `rollback         written at once; up to 1m to every name server of ${route53.recordName}, then its TTL, which is read at the start`,
    '                 each step is held that TTL longer than it says here',
    `traffic split    judged by what resolvers were answered in every second TTL; one brings ${shareOf(route53.resolverShareMax)} of the requests at most`,
  ];
}

function decommissionLines({ decommission }: Plan): string[] {
  const owned = namesOf(decommission.terminate);
  const gate = decommission.gate === undefined ? '' : `, after gate ${decommission.gate}`;
  return [
    `    ${'all on the target'.padEnd(19)} ${formatDuration(decommission.afterMs)}`,
    `    ${'source on standby'.padEnd(19)} ${formatDuration(decommission.standbyMs)}`,
    `    ${'terminate'.padEnd(19)} ${owned.length === 0 ? 'nothing (source.owned is empty)' : `${owned.join(', ')}${gate}`}`,
  ];
}

function guardrailLines(plan: Plan, spec: MigrationSpec): string[] {
  const { guardrails, shadow, checkEveryMs } = spec;
  return [
    `    error rate of the target <= ${shareOf(guardrails.errorRateMax)}, and <= the source's + ${shareOf(guardrails.errorRateMargin)}; passed once + ${shareOf(guardrails.errorRateDetect)} is excluded`,
    ...guardrails.latency.map(
      ({ quantile, ratioMax, ratioDetect }) =>
        `    ${quantile.toUpperCase()} of the target <= ${ratioMax} × the source's; passed once ${ratioDetect} × is excluded`,
    ),
    ...guardrails.metrics.map(
      ({ query, better, ratioMax, ratioDetect }) =>
        `    ${query} of the target at most ${ratioMax} × as bad as the source's (${better} is better), with real traffic; passed once ${ratioDetect} × is excluded`,
    ),
    ...(guardrails.cost === undefined
      ? []
      : [
          `    a request on the target costs <= ${guardrails.cost.ratioMax} × the source's, each with all of the traffic; else a gate`,
        ]),
    ...segmentLines(spec),
    `    observed share within ${guardrails.splitTolerancePoints} points of the wanted one, from ${formatDuration(guardrails.splitSettleMs)} after a shift on`,
    `    outputs that differ in shadow <= ${shareOf(shadow.equivalence.mismatchRateMax)}; passed once ${shareOf(guardrails.mismatchRateDetect)} is excluded`,
    `    judged every ${formatDuration(checkEveryMs)}; passed with ${shareOf(guardrails.passConfidence)} confidence, from ${guardrails.requestCountMin} requests on the target on`,
    `    false rollbacks <= ${shareOf(guardrails.falseRollbackRate)} in the whole migration: 1 in ${Math.floor(1 / alphaPerTest(plan, guardrails))} for each of ${testCount(plan, guardrails)} tests`,
    `    too little evidence: extended ${guardrails.extendMax} times, then a gate; no metrics: held ${formatDuration(guardrails.blindHoldMs)}, then one step back`,
  ];
}

function segmentLines({ guardrails: { segments }, shadow, source: { metrics } }: MigrationSpec): string[] {
  if (segments.length === 0) return [];
  const places = [
    ...(shadow.copies?.segmentBy === undefined ? [] : ['in shadow']),
    ...(metrics.kind === 'prometheus' && metrics.segmentBy !== undefined ? ['with real traffic'] : []),
  ];
  return [`    each of ${segments.join(', ')} by itself as well, ${places.join(' and ')}`];
}

/** When each guardrail passes, and finds what matters, at the traffic that is expected. */
function powerLines(power: readonly StepPower[] | undefined, { baseline: { expected } }: MigrationSpec): string[] {
  if (power === undefined || expected === undefined)
    return ['evidence         unknown: tell baseline.expected to see how long each guardrail takes', ''];
  const time = (requests: number, targetPercent: number): string =>
    Number.isFinite(requests)
      ? formatDuration(Math.ceil(requests / ((expected.requestsPerSecond * targetPercent) / 100) / 60) * 60_000)
      : '-';
  return [
    `evidence         at ${expected.requestsPerSecond} requests/s: passes after about, finds what matters after about`,
    ...power.flatMap(({ targetPercent, needs }) =>
      needs.map(
        ({ guardrail, toPass, toFind }) =>
          `    ${`${targetPercent} %`.padEnd(8)} ${guardrail.padEnd(14)} ${time(toPass, targetPercent).padEnd(10)} ${time(toFind, targetPercent)}`,
      ),
    ),
    '',
  ];
}

export function shareOf(rate: number): string {
  return `${Number((rate * 100).toPrecision(4))} %`;
}
