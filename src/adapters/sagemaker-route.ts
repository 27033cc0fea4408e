/** Pure: what an endpoint says about its traffic, and what to ask of it. */
import type { DesiredWeightAndCapacity } from '@aws-sdk/client-sagemaker';
import { TAG_INSTANCES } from '../domain/resources';
import type { WantedShift } from '../domain/weights';
import { endpointPhase } from '../ports/model-hosting';
import type { EndpointState, VariantState } from '../ports/model-hosting';
import type { EndpointFacts, RouteShare, RouteState } from '../ports/traffic-router';

/** Invariant 2 of sagemaker-router.ts. */
export function routeStateOf(endpoint: EndpointState, shift: WantedShift | undefined): RouteState {
  const { variants } = endpoint;
  const underWay = isUnderWay(endpoint);
  const isSettled = !underWay && variants.every((variant) => variant.currentWeight === variant.desiredWeight);
  return {
    shares: variants.map((variant) => ({
      backend: variant.name,
      weight: underWay ? variant.desiredWeight : variant.currentWeight,
    })),
    stickinessEnabled: false,
    shift,
    ...(isSettled ? {} : { pending: { why: whyPending(endpoint), isReceiptMissing: false } }),
    endpoint: factsOf(endpoint),
  };
}

function whyPending({ status, variants }: EndpointState): string {
  const weights = variants.map(
    ({ name, currentWeight, desiredWeight }) => `${name} has weight ${currentWeight} of ${desiredWeight}`,
  );
  return `it is ${status}, ${weights.join(', ')}`;
}

function factsOf(endpoint: EndpointState): EndpointFacts {
  const { arn, status, configName, nextConfigName, failureReason, shadows = [], captureTo } = endpoint;
  const phase = endpointPhase(status);
  const isTroubled = ['rolling back', 'over'].includes(phase);
  return {
    arn,
    configName,
    ...(nextConfigName === undefined ? {} : { nextConfigName }),
    ...(isTroubled ? { trouble: `it is ${status}: ${failureReason ?? 'SageMaker gives no reason'}` } : {}),
    ...(phase === 'rolling back' ? { isReturning: true } : {}),
    ...(shadows.length === 0
      ? {}
      : { shadows: shadows.map(({ name, currentWeight }) => ({ backend: name, weight: currentWeight })) }),
    ...(captureTo === undefined ? {} : { captureTo }),
  };
}

/** SageMaker carries a change out, and takes no other one. */
export function isUnderWay({ status }: EndpointState): boolean {
  return ['changing', 'rolling back'].includes(endpointPhase(status));
}

/** Whether instances that are there answer. */
export function isServing({ status }: EndpointState): boolean {
  // In service with a mix of two configurations: what is counted does serve.
  return endpointPhase(status) !== 'over' || status === 'UpdateRollbackFailed';
}

/** For the endpoint's tags: what the variant that carries all of the traffic now does it with. Nothing while that changes. */
export function fullCounts(endpoint: EndpointState): Record<string, string> {
  const carrying = endpoint.variants.filter(({ currentWeight }) => currentWeight > 0);
  const [only] = carrying;
  if (only === undefined || carrying.length > 1 || only.isServerless || endpoint.status !== 'InService') return {};
  return { [`${TAG_INSTANCES}${only.name}`]: String(only.currentInstanceCount) };
}

/** Whoever is not named gets nothing. A variant that is not there is asked for all the same: SageMaker says so. */
export function weightsFor(
  { variants }: EndpointState,
  shares: readonly RouteShare[],
  tags: Readonly<Record<string, string>>,
): DesiredWeightAndCapacity[] {
  const sumOf = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0);
  const wantedSum = sumOf(shares.map(({ weight }) => weight));
  const currentSum = sumOf(variants.map(({ currentWeight }) => currentWeight));
  const rises = (variant: VariantState, weight: number): boolean =>
    weight / wantedSum > variant.currentWeight / currentSum || currentSum === 0;
  const unnamed = variants.filter(({ name }) => shares.every(({ backend }) => backend !== name));
  const all = [...shares, ...unnamed.map(({ name }) => ({ backend: name, weight: 0 }))];
  return all.map(({ backend, weight }) => {
    const variant = variants.find(({ name }) => name === backend);
    const count = variant !== undefined && rises(variant, weight) ? missingCount(variant, tags) : undefined;
    return {
      VariantName: backend,
      DesiredWeight: weight,
      ...(count === undefined ? {} : { DesiredInstanceCount: count }),
    };
  });
}

/** @returns undefined when the variant has, or is getting, as many as it is known to need. */
function missingCount(variant: VariantState, tags: Readonly<Record<string, string>>): number | undefined {
  const noted = Number(tags[`${TAG_INSTANCES}${variant.name}`]);
  return !variant.isServerless && noted > variant.desiredInstanceCount ? noted : undefined;
}
