/** Pure: what to ask CloudWatch about one production variant of a SageMaker endpoint. */
import type { CloudWatchQuerySpec } from '../domain/spec';
import type { Dimensions, SideQueries } from './cloudwatch-queries';
import { sideQueries } from './cloudwatch-queries';
import type { Series } from './metric-series';
import { NO_DATA } from './metric-series';

const NAMESPACE = 'AWS/SageMaker';
const HOST_NAMESPACE = '/aws/sagemaker/Endpoints';
const MICROSECONDS_PER_SECOND = 1_000_000;

export function variantDimensions(endpointName: string, variantName: string): Record<string, string> {
  return { EndpointName: endpointName, VariantName: variantName };
}

/**
 * Latency is ModelLatency alone, in the container and on the way to it: percentiles of a sum cannot be had from
 * percentiles, and OverheadLatency is SageMaker's own on both sides.
 */
export function variantQueries(
  dimensions: Dimensions,
  quantiles: readonly string[],
  own: readonly CloudWatchQuerySpec[],
): SideQueries {
  return sideQueries({
    namespace: NAMESPACE,
    dimensions,
    counts: ['Invocations', 'Invocation5XXErrors', 'InvocationModelErrors', 'Invocation4XXErrors'],
    count: ([requests = NO_DATA, broken = NO_DATA, unanswered = NO_DATA, refused = NO_DATA]) => ({
      requests,
      errors: failures(broken, unanswered, refused),
    }),
    latency: 'ModelLatency',
    perSecond: MICROSECONDS_PER_SECOND,
    quantiles,
    own,
  });
}

/**
 * InvocationModelErrors counts all that was not answered with a 2xx: what broke, what timed out, and what the container
 * refused with a 4xx, which is the sender's error. Added to the 5xx it would count them twice.
 */
function failures(broken: Series, unanswered: Series, refused: Series): Series {
  const starts = new Set([...broken.keys(), ...unanswered.keys()]);
  return new Map(
    [...starts].map((startMs) => {
      const lost = (unanswered.get(startMs) ?? 0) - (refused.get(startMs) ?? 0);
      return [startMs, Math.max(broken.get(startMs) ?? 0, lost)] as const;
    }),
  );
}

/** For the baseline: how busy the GPUs of a variant are. Unit: percent, added up over the GPUs of an instance. */
export function gpuQueries(dimensions: Dimensions): CloudWatchQuerySpec[] {
  const query = { namespace: HOST_NAMESPACE, metricName: 'GPUUtilization', dimensions };
  return [
    { ...query, name: 'GPUUtilization average', stat: 'Average' },
    { ...query, name: 'GPUUtilization peak', stat: 'Maximum' },
  ];
}
