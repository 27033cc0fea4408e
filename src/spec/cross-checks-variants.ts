/** What must hold between a router of an endpoint's variants and the rest of the document. */
import { valueAt } from './problem';

type Report = (path: readonly (string | number)[], message: string) => void;

/** What a configuration says of the whole endpoint, so that it is the source's as well. */
const OF_THE_ENDPOINT = ['kmsKeyId', 'dataCapture'];

export function checkVariants(document: unknown, report: Report): void {
  const at = (...path: (string | number)[]): unknown => valueAt(document, path);
  const endpoints = at('source', 'owned', 'endpoints');
  const endpointName = at('router', 'sagemaker', 'endpointName');
  for (const [index, name] of (Array.isArray(endpoints) ? endpoints : []).entries()) {
    if (name !== endpointName)
      report(
        ['source', 'owned', 'endpoints', index],
        'must be router.sagemaker.endpointName: nothing else is taken off',
      );
  }
  if (at('router', 'sagemaker') === undefined) return;
  const target = at('target', 'sagemaker');
  if (at('target') !== undefined && target === undefined)
    report(['router', 'sagemaker'], 'needs target.sagemaker: only a model can be a variant of an endpoint');
  if (at('target', 'sagemaker', 'proxy') !== undefined)
    report(['target', 'sagemaker', 'proxy'], 'goes with router.alb: here the endpoint itself divides the traffic');
  for (const key of OF_THE_ENDPOINT) {
    if (at('target', 'sagemaker', key) !== undefined)
      report(['target', 'sagemaker', key], "is the whole endpoint's, and stays what its configuration says");
  }
}
