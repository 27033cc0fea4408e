/** The target, from the operator's names to the domain's. */
import type {
  Ec2TargetSpec,
  EndpointScalingSpec,
  FrameworkSpec,
  ProxySpec,
  SageMakerTargetSpec,
  TargetSpec,
} from '../domain/spec';
import type { SpecDocument } from './schema';
import { normalS3Url } from './s3-url';
import { withoutSlash } from './to-router';

const HEALTH_CHECK_GRACE_SECONDS = 60;

type TargetDocument = SpecDocument['target'];
type SageMakerDocument = NonNullable<TargetDocument['sagemaker']>;
type Ec2Document = NonNullable<TargetDocument['ec2']>;
type ProxyDocument = NonNullable<SageMakerDocument['proxy']>;

export function toTarget({ ec2, sagemaker, existing }: TargetDocument): TargetSpec {
  if (ec2 !== undefined) return { ec2: toEc2(ec2) };
  if (sagemaker !== undefined) return { sagemaker: toSageMaker(sagemaker) };
  if (existing !== undefined) return { existing: { ...existing, endpoint: withoutSlash(existing.endpoint) } };
  throw new Error('a target of no kind has passed the checks');
}

function toEc2({ userData, ...fleet }: Ec2Document): Ec2TargetSpec {
  return { ...toFleet(fleet), ...(userData === undefined ? {} : { userData }) };
}

function toProxy({ container, concurrencyMax, ...fleet }: ProxyDocument): ProxySpec {
  return { ...toFleet(fleet), container, concurrencyMax };
}

function toFleet(fleet: Omit<Ec2Document, 'userData'>): Omit<Ec2TargetSpec, 'userData'> {
  const { instanceProfile, healthCheckGrace, healthCheckGraceSeconds, scaleOn, ...rest } = fleet;
  return {
    ...rest,
    ...(instanceProfile === undefined ? {} : { instanceProfile }),
    healthCheckGraceSeconds: healthCheckGrace ?? healthCheckGraceSeconds ?? HEALTH_CHECK_GRACE_SECONDS,
    ...(scaleOn === undefined ? {} : { scaleOn }),
  };
}

function toSageMaker(document: SageMakerDocument): SageMakerTargetSpec {
  const {
    modelData,
    framework,
    inferenceAmiVersion,
    scaling,
    vpc,
    kmsKeyId,
    dataCapture,
    startupTimeout,
    proxy,
    ...rest
  } = document;
  return {
    ...rest,
    ...(modelData === undefined ? {} : { modelData }),
    ...(framework === undefined ? {} : { framework: toFramework(framework) }),
    ...(inferenceAmiVersion === undefined ? {} : { inferenceAmiVersion }),
    ...(scaling === undefined ? {} : { scaling: scaling satisfies EndpointScalingSpec }),
    ...(vpc === undefined ? {} : { vpc }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(dataCapture === undefined ? {} : { dataCapture: { ...dataCapture, to: normalS3Url(dataCapture.to) } }),
    startupTimeoutSeconds: startupTimeout,
    ...(proxy === undefined ? {} : { proxy: toProxy(proxy) }),
  };
}

function toFramework({ cuda, pytorch, cudaCompat }: NonNullable<SageMakerDocument['framework']>): FrameworkSpec {
  return { ...(cuda === undefined ? {} : { cuda }), ...(pytorch === undefined ? {} : { pytorch }), cudaCompat };
}
