/** The fleet that a configuration describes, before anything of it runs. */
import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import { variantsOf } from './account';
import type { ConfigRecord, Fleet, SageMakerAccount, Variant } from './account';

export type RetainedProperty = 'DesiredInstanceCount' | 'DesiredWeight' | 'DataCaptureConfig';

export function fleetOf(account: SageMakerAccount, { input }: ConfigRecord): Fleet {
  return {
    configName: input.EndpointConfigName ?? '',
    production: (input.ProductionVariants ?? []).map((variant) => variantOf(account, variant)),
    shadow: (input.ShadowProductionVariants ?? []).map((variant) => variantOf(account, variant)),
    capture: input.DataCaptureConfig,
  };
}

/** The new fleet with what the old one's variants of the same names were set to since. */
export function retain(next: Fleet, old: Fleet, properties: ReadonlySet<RetainedProperty>): Fleet {
  const known = new Map(variantsOf(old).map((variant) => [variant.name, variant]));
  for (const variant of variantsOf(next)) {
    const before = known.get(variant.name);
    if (before === undefined) continue;
    if (properties.has('DesiredInstanceCount')) variant.desiredCount = before.desiredCount;
    if (properties.has('DesiredWeight')) variant.desiredWeight = before.desiredWeight;
  }
  return properties.has('DataCaptureConfig') ? { ...next, capture: old.capture } : next;
}

/** Throws when the model is gone. */
function variantOf(account: SageMakerAccount, config: ProductionVariant): Variant {
  const model = account.models.get(config.ModelName ?? '');
  const containers =
    model.input.PrimaryContainer === undefined ? (model.input.Containers ?? []) : [model.input.PrimaryContainer];
  return {
    name: config.VariantName ?? '',
    config,
    images: containers.map(({ Image = '' }) => ({
      SpecifiedImage: Image,
      ResolvedImage: Image,
      ResolutionTime: new Date(),
    })),
    servers: [],
    currentWeight: 0,
    desiredWeight: config.InitialVariantWeight ?? 1,
    currentCount: 0,
    // A serverless variant has no instances; the lab gives it one container.
    desiredCount: config.InitialInstanceCount ?? 1,
  };
}
