/** What must hold between a router of DNS records and the rest of the document. */
import { valueAt } from './problem';

type Report = (path: readonly (string | number)[], message: string) => void;

export function checkRecords(document: unknown, report: Report): void {
  const has = (...path: string[]): boolean => valueAt(document, path) !== undefined;
  const [isRecords, isExisting] = [has('router', 'route53'), has('target', 'existing')];
  if (isExisting && !isRecords && has('router'))
    report(['target', 'existing'], 'needs router.route53: nothing else leads users to a stack that was there before');
  checkCounting(document, isRecords, report);
  if (!isRecords) return;
  if (!isExisting && has('target'))
    report(['router', 'route53'], 'needs target.existing: the target must have an address of its own');
  const perInstance = ['guardrails', 'cost', 'target', 'perInstanceHour'];
  if (Number(valueAt(document, perInstance) ?? 0) > 0)
    report(perInstance, 'cannot be counted behind a DNS record: give the price of the whole stack as perHour');
}

/** CloudWatch counts at load balancers: at the route's own, or at one for each stack. */
function checkCounting(document: unknown, isRecords: boolean, report: Report): void {
  for (const path of [
    ['source', 'metrics'],
    ['source', 'metrics', 'standIn'],
  ]) {
    const isGiven = valueAt(document, [...path, 'loadBalancers']) !== undefined;
    if (isRecords && !isGiven && valueAt(document, [...path, 'kind']) === 'cloudwatch')
      report(
        [...path, 'loadBalancers'],
        'is required with router.route53: each stack is counted at its own, and DNS has none',
      );
    if (!isRecords && isGiven && valueAt(document, ['router']) !== undefined)
      report(
        [...path, 'loadBalancers'],
        "needs router.route53: on other roads the route's own load balancer counts both",
      );
  }
}
