import type { z } from 'zod';
import { checkAccelerator } from '../domain/accelerators';
import { doOverlap, parseS3Url, resourceName } from '../domain/resources';
import type { BucketLocation } from '../domain/resources';
import { checkDatabases } from './cross-checks-databases';
import { checkModelPackages } from './cross-checks-model-packages';
import { checkRecords } from './cross-checks-records';
import { checkShadowVariant } from './cross-checks-shadow-variant';
import { checkVariants } from './cross-checks-variants';
import { formatPath, valueAt } from './problem';

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

/** The document without the values that have a problem of their own. */
interface Checked {
  readonly document: unknown;
  readonly wrongPaths: ReadonlySet<string>;
}

/** What must hold between parts of the document. It runs even when parts are wrong or missing, and is silent about those. */
export function crossChecks(document: unknown, context: z.RefinementCtx): void {
  const wrongPaths = new Set(context.issues.map((issue) => formatPath(issue.path ?? [])));
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
  for (const check of [
    checkRegions,
    checkData,
    checkOwned,
    checkDetect,
    checkOwnMetrics,
    checkCost,
    checkSegments,
    checkSettle,
    checkRetention,
    checkStandIn,
    checkHosting,
  ])
    check({ document, wrongPaths }, report);
  checkDatabases(document, report);
  checkModelPackages(document, report);
  checkRecords(document, report);
  checkVariants(document, report);
  checkShadowVariant(document, report);
}

function checkRegions(document: Checked, report: Report): void {
  const region = textAt(document, ['region']);
  const image = textAt(document, ['target', 'sagemaker', 'image']);
  if (region && image && !image.includes(`.dkr.ecr.${region}.`))
    report(['target', 'sagemaker', 'image'], `must be in the region of the spec (${region})`);
  for (const key of ['ruleArn', 'listenerArn', 'sourceTargetGroupArn']) {
    const arn = textAt(document, ['router', 'alb', key]);
    const arnRegion = arn?.split(':')[3];
    if (region && arnRegion && arnRegion !== region) {
      report(['router', 'alb', key], `must be in the region of the spec (${region})`);
    }
  }
}

function checkData(document: Checked, report: Report): void {
  const ledger = locationAt(document, ['ledger']);
  const dataSets = valueAt(document.document, ['data']);
  const places = Array.isArray(dataSets) ? dataSets.map((_, index) => locationAt(document, ['data', index, 'to'])) : [];
  for (const [index, to] of places.entries()) {
    if (to === undefined) continue;
    const from = locationAt(document, ['data', index, 'from']);
    if (from?.bucket === to.bucket)
      report(['data', index, 'to'], 'must be in another bucket than from: the bucket is created');
    const reports = locationAt(document, ['data', index, 'datasync', 'reportTo']);
    if (reports !== undefined && doOverlap(reports, to))
      report(['data', index, 'datasync', 'reportTo'], `must not overlap data[${index}].to`);
    if (ledger?.bucket === to.bucket) report(['data', index, 'to'], "must not be in the ledger's bucket");
    const other = places.findIndex((place) => place !== undefined && doOverlap(place, to));
    if (other < index) report(['data', index, 'to'], `must not overlap data[${other}].to`);
  }
}

/** Decommission must never be able to stop what the migration built. */
function checkOwned(document: Checked, report: Report): void {
  const workload = textAt(document, ['workload']);
  const groups = valueAt(document.document, ['source', 'owned', 'autoScalingGroups']);
  if (workload === undefined || !Array.isArray(groups)) return;
  const index = groups.indexOf(resourceName(workload));
  if (index >= 0) report(['source', 'owned', 'autoScalingGroups', index], "is the target's own group");
}

/** What matters lies beyond what is allowed; between them nothing could ever be proved. */
function checkDetect(document: Checked, report: Report): void {
  const each = (list: string): Path[] =>
    listAt(document, ['guardrails', list]).map((_, index) => ['guardrails', list, index]);
  const pairs: [Path, Path][] = [
    ...[...each('latency'), ...each('metrics')].map((path): [Path, Path] => [
      [...path, 'ratioDetect'],
      [...path, 'ratioMax'],
    ]),
    [
      ['guardrails', 'errorRateDetect'],
      ['guardrails', 'errorRateMargin'],
    ],
    [
      ['guardrails', 'mismatchRateDetect'],
      ['shadow', 'equivalence', 'mismatchRateMax'],
    ],
  ];
  for (const [detectPath, limitPath] of pairs) {
    const [detect, limit] = [numberAt(document, detectPath), numberAt(document, limitPath)];
    if (detect !== undefined && limit !== undefined && !(detect > limit))
      report(detectPath, `must be above ${formatPath(limitPath)} (${limit})`);
  }
}

/** A guardrail on a metric that one side does not have would never be evaluated. */
function checkOwnMetrics(document: Checked, report: Report): void {
  const limits = listAt(document, ['guardrails', 'metrics']);
  const queries = listAt(document, ['source', 'metrics', 'queries']) as (Record<string, unknown> | null)[];
  const names = queries.map((query) => String(query?.['name']));
  const paths: Path[] = limits.map((_, index) => ['guardrails', 'metrics', index, 'query']);
  for (const path of [...paths, ['guardrails', 'cost', 'load', 'query']]) {
    const wanted = textAt(document, path);
    if (wanted === undefined) continue;
    const query = queries[names.indexOf(wanted)];
    if (query == null) report(path, `is none of source.metrics.queries (${names.join(', ') || 'there are none'})`);
    else if (query['targetDimensions'] === undefined && query['target'] === undefined)
      report(path, 'is a metric of the source alone: give it targetDimensions (CloudWatch) or target (Prometheus)');
  }
}

/** A state with so many, and histograms of so few requests, fits into a heartbeat. */
const SEGMENT_QUANTILES_MAX = 16;
const SEGMENT_PERCENT_MAX = 99;

const PRICES = { source: ['perHour', 'perRequest'], target: ['perInstanceHour', 'perHour', 'perRequest'] };

/** Nothing costs nothing: a ratio needs a price on both sides. */
function checkCost(document: Checked, report: Report): void {
  for (const [side, keys] of Object.entries(PRICES)) {
    const path = ['guardrails', 'cost', side];
    const prices = rightValueAt(document, path);
    const isWrong = keys.some((key) => document.wrongPaths.has(formatPath([...path, key])));
    if (typeof prices !== 'object' || prices === null || isWrong) continue;
    if (keys.every((key) => ((prices as Record<string, unknown>)[key] ?? 0) === 0))
      report(path, `needs a price above 0: ${keys.join(', ')}`);
  }
}

function checkSegments(document: Checked, report: Report): void {
  const labels = listAt(document, ['guardrails', 'segments']);
  const isLabelled = [
    ['shadow', 'segmentBy'],
    ['source', 'metrics', 'segmentBy'],
  ].some((path) => valueAt(document.document, path) !== undefined);
  if (labels.length > 0 && !isLabelled)
    report(['guardrails', 'segments'], 'needs shadow.segmentBy or source.metrics.segmentBy: nothing tells them apart');
  const latency = listAt(document, ['guardrails', 'latency']);
  if (labels.length * latency.length > SEGMENT_QUANTILES_MAX)
    report(
      ['guardrails', 'segments'],
      `${labels.length} of them with ${latency.length} quantiles each are too many to remember: at most ${SEGMENT_QUANTILES_MAX} in all`,
    );
  for (const index of latency.keys()) {
    const path = ['guardrails', 'latency', index, 'quantile'];
    const quantile = textAt(document, path);
    if (labels.length > 0 && quantile !== undefined && Number(quantile.slice(1)) > SEGMENT_PERCENT_MAX)
      report(
        path,
        `must be p${SEGMENT_PERCENT_MAX} or lower where there are guardrails.segments: they have too few requests`,
      );
  }
}

/** The share of the target is judged after `splitSettle` only. */
function checkSettle(document: Checked, report: Report): void {
  const stabilizationMs = numberAt(document, ['cutover', 'stabilization']);
  const settleMs = numberAt(document, ['guardrails', 'splitSettle']);
  if (stabilizationMs === undefined || settleMs === undefined || stabilizationMs > settleMs) return;
  report(
    ['cutover', 'stabilization'],
    'must be longer than guardrails.splitSettle: the traffic split is judged after it',
  );
}

const DAY_SECONDS = 86_400;
/** How long CloudWatch keeps datapoints of a period. Unit: seconds. */
const RETENTION = [
  { periodMin: 3_600, keptSeconds: 455 * DAY_SECONDS },
  { periodMin: 300, keptSeconds: 63 * DAY_SECONDS },
  { periodMin: 60, keptSeconds: 15 * DAY_SECONDS },
  { periodMin: 1, keptSeconds: 3 * 3_600 },
];

function checkRetention(document: Checked, report: Report): void {
  if (textAt(document, ['source', 'metrics', 'kind']) !== 'cloudwatch') return;
  const periodSeconds = numberAt(document, ['source', 'metrics', 'period']);
  const windowMs = numberAt(document, ['baseline', 'window']);
  const kept = RETENTION.find((one) => periodSeconds !== undefined && periodSeconds >= one.periodMin);
  if (kept === undefined || windowMs === undefined || windowMs <= kept.keptSeconds * 1_000) return;
  report(
    ['baseline', 'window'],
    `is longer than CloudWatch keeps datapoints of ${periodSeconds}s (${kept.keptSeconds / 3_600}h)`,
  );
}

/** Windows of the two stand for one another. */
function checkStandIn(document: Checked, report: Report): void {
  const path = ['source', 'metrics', 'standIn', 'period'];
  const [first, other] = [numberAt(document, ['source', 'metrics', 'period']), numberAt(document, path)];
  if (first === undefined || other === undefined || first === other) return;
  report(path, `must be that of source.metrics (${first}s)`);
}

/** What a target that SageMaker serves needs around it, and whether its image can run there. */
function checkHosting(document: Checked, report: Report): void {
  const path = ['target', 'sagemaker'];
  const target = valueAt(document.document, path);
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return;
  const isBehindAlb = valueAt(document.document, ['router', 'alb']) !== undefined;
  if (isBehindAlb && valueAt(target, ['proxy']) === undefined)
    report([...path, 'proxy'], 'is required with router.alb: a load balancer cannot ask an endpoint by itself');
  const text = (...keys: string[]): string | undefined => textAt(document, [...path, ...keys]);
  const instanceType = text('instanceType');
  // With a wrong AMI nobody knows the driver, so nothing is said of it.
  const isAmiWrong = document.wrongPaths.has(formatPath([...path, 'inferenceAmiVersion']));
  if (instanceType === undefined || isAmiWrong) return;
  const { problems } = checkAccelerator({
    instanceType,
    inferenceAmiVersion: text('inferenceAmiVersion'),
    cuda: text('framework', 'cuda'),
    pytorch: text('framework', 'pytorch'),
    cudaCompat: rightValueAt(document, [...path, 'framework', 'cudaCompat']) === true,
    isEncrypted: text('kmsKeyId') !== undefined,
  });
  for (const { at, problem } of problems) report([...path, ...at], problem);
}

function rightValueAt({ document, wrongPaths }: Checked, path: Path): unknown {
  return wrongPaths.has(formatPath(path)) ? undefined : valueAt(document, path);
}

function listAt({ document }: Checked, path: Path): readonly unknown[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : [];
}

function textAt(document: Checked, path: Path): string | undefined {
  const value = rightValueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

function numberAt(document: Checked, path: Path): number | undefined {
  const value = rightValueAt(document, path);
  return typeof value === 'number' ? value : undefined;
}

function locationAt(document: Checked, path: Path): BucketLocation | undefined {
  const url = textAt(document, path);
  return url === undefined ? undefined : parseS3Url(url);
}
