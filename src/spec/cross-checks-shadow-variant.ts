/** What must hold between a shadow variant and the rest of the document. */
import { formatDuration } from '../domain/quantity';
import { valueAt } from './problem';

type Report = (path: readonly (string | number)[], message: string) => void;

/** What only somebody who sees the requests can do. */
const OF_THE_TAP = ['sampleBy', 'segmentBy'];
/** SageMaker's own shadow tests end after it. */
const SHADOW_MS_MAX = 30 * 86_400_000;

export function checkShadowVariant(document: unknown, report: Report): void {
  const at = (...path: string[]): unknown => valueAt(document, path);
  if (at('shadow', 'variant') === undefined) return;
  if (at('router') !== undefined && at('router', 'sagemaker') === undefined)
    report(['shadow', 'variant'], 'needs router.sagemaker: only the endpoint that answers today can copy by itself');
  for (const key of OF_THE_TAP) {
    if (at('shadow', key) !== undefined)
      report(['shadow', key], 'goes with shadow.tap: SageMaker chooses the requests that it copies, by chance');
  }
  const noisePercent = at('shadow', 'noisePercent');
  if (typeof noisePercent === 'number' && noisePercent > 0)
    report(['shadow', 'noisePercent'], 'goes with shadow.tap: SageMaker asks the source only once');
  const kind = at('source', 'metrics', 'kind');
  if (kind !== undefined && kind !== 'cloudwatch')
    report(['source', 'metrics', 'kind'], 'must be cloudwatch with shadow.variant: nobody else counts the copies');
  checkLength(at, report);
}

function checkLength(at: (...path: string[]) => unknown, report: Report): void {
  const [start, step, max, firstHold, hold] = ['startPercent', 'stepPercent', 'maxPercent', 'firstHold', 'hold'].map(
    (key) => at('shadow', key),
  );
  if (![start, step, max, firstHold, hold].every((value) => typeof value === 'number')) return;
  const [from, by, to, firstMs, eachMs] = [start, step, max, firstHold, hold] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const totalMs = firstMs + Math.ceil((to - from) / by) * eachMs;
  if (totalMs > SHADOW_MS_MAX)
    report(
      ['shadow', 'variant'],
      `would copy for ${formatDuration(totalMs)} and more; SageMaker's shadow tests end after 30d`,
    );
}
