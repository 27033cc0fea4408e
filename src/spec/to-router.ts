/** The router, from the operator's names to the domain's. */
import { normalRecordName } from '../domain/route';
import type { AlbRouterSpec, RouterSpec, SageMakerRouterSpec } from '../domain/spec';
import type { SpecDocument } from './schema';

type RouterDocument = SpecDocument['router'];

export function toRouter({ alb, route53, sagemaker }: RouterDocument): RouterSpec {
  if (alb !== undefined) return { alb: toAlb(alb) };
  if (route53 !== undefined) return { route53: { ...route53, recordName: normalRecordName(route53.recordName) } };
  if (sagemaker !== undefined) return { sagemaker: toVariants(sagemaker) };
  throw new Error('a router of no kind has passed the checks');
}

function toAlb(alb: NonNullable<RouterDocument['alb']>): AlbRouterSpec {
  return {
    ...(alb.ruleArn === undefined ? {} : { ruleArn: alb.ruleArn }),
    ...(alb.listenerArn === undefined ? {} : { listenerArn: alb.listenerArn }),
    sourceTargetGroupArn: alb.sourceTargetGroupArn,
  };
}

function toVariants({ sourceVariant, ...rest }: NonNullable<RouterDocument['sagemaker']>): SageMakerRouterSpec {
  return {
    ...rest,
    targetEndpoint: withoutSlash(rest.targetEndpoint),
    ...(sourceVariant === undefined ? {} : { sourceVariant }),
  };
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
