/** What must hold between a router of DNS records and the rest of the document. */
import { valueAt } from './problem';

type Report = (path: readonly (string | number)[], message: string) => void;

export function checkRecords(document: unknown, report: Report): void {
  const has = (...path: string[]): boolean => valueAt(document, path) !== undefined;
  const [isRecords, isExisting] = [has('router', 'route53'), has('target', 'existing')];
  if (isExisting && !isRecords && has('router'))
    report(['target', 'existing'], 'needs router.route53: nothing else leads users to a stack that was there before');
  if (!isRecords) return;
  if (!isExisting && has('target'))
    report(['router', 'route53'], 'needs target.existing: the target must have an address of its own');
  for (const path of [
    ['source', 'metrics', 'kind'],
    ['source', 'metrics', 'standIn', 'kind'],
  ]) {
    if (valueAt(document, path) === 'cloudwatch')
      report(path, 'counts at one load balancer, and DNS has none between the sides: take prometheus');
  }
  const perInstance = ['guardrails', 'cost', 'target', 'perInstanceHour'];
  if (Number(valueAt(document, perInstance) ?? 0) > 0)
    report(perInstance, 'cannot be counted behind a DNS record: give the price of the whole stack as perHour');
}
