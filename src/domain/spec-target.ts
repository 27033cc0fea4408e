/** What serves the workload on the target. Part of `MigrationSpec`. */

/** Exactly one of them. */
export type TargetSpec =
  | { readonly ec2: Ec2TargetSpec; readonly sagemaker?: undefined; readonly existing?: undefined }
  | { readonly sagemaker: SageMakerTargetSpec; readonly ec2?: undefined; readonly existing?: undefined }
  | { readonly existing: ExistingTargetSpec; readonly ec2?: undefined; readonly sagemaker?: undefined };

/** A stack that somebody else built and runs: it is asked, watched and given traffic, and nothing of it is changed. */
export interface ExistingTargetSpec {
  /** Base URL at which it answers by itself. */
  readonly endpoint: string;
  readonly healthPath: string;
}

/** A SageMaker real-time endpoint with one production variant. */
export interface SageMakerTargetSpec {
  /** Container image in ECR: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`. */
  readonly image: string;
  /** `s3://…/model.tar.gz`; undefined: the image holds the model. */
  readonly modelData?: string;
  /** What the container sees. No secrets: whoever may describe the model can read it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly executionRoleArn: string;
  /** `ml.g5.xlarge`. */
  readonly instanceType: string;
  readonly instanceCount: number;
  /** What the image is built on; checked against the driver of the instance type. */
  readonly framework?: FrameworkSpec;
  /** The hosts' image, which brings the driver; undefined: SageMaker's default for the instance type. */
  readonly inferenceAmiVersion?: string;
  readonly scaling?: EndpointScalingSpec;
  /** The container reaches nothing over the network, S3 neither. */
  readonly networkIsolation: boolean;
  /** Where the containers' network interfaces are; undefined: SageMaker's own network. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /** Encrypts the instances' storage. */
  readonly kmsKeyId?: string;
  readonly dataCapture?: DataCaptureSpec;
  /** How long a container may take until it answers its health check. Unit: seconds; SageMaker's range is 60 to 3600. */
  readonly startupTimeoutSeconds: number;
  /** What stands behind the load balancer and asks the endpoint; only with `router.alb`. */
  readonly proxy?: ProxySpec;
}

/** Versions as the container has them; what is left out is not checked. */
export interface FrameworkSpec {
  /** `12.4`. */
  readonly cuda?: string;
  /** `2.5`. */
  readonly pytorch?: string;
  /** The image has NVIDIA's compatibility package, so that an older driver will do. */
  readonly cudaCompat: boolean;
}

/** Target tracking on what says how busy a GPU is; CPU is not to be had. */
export interface EndpointScalingSpec {
  readonly min: number;
  readonly max: number;
  /** `invocations`: SageMakerVariantInvocationsPerInstance, a minute; `gpu`: GPUUtilization, percent, added up over an instance's GPUs. */
  readonly on: 'invocations' | 'gpu';
  readonly value: number;
}

export interface DataCaptureSpec {
  /** `s3://bucket/prefix`. */
  readonly to: string;
  /** Range 1 to 100. */
  readonly percent: number;
}

/** Instances that run `crossfade invoke-proxy`. */
export type ProxySpec = Omit<Ec2TargetSpec, 'userData'> & {
  /** Image of Crossfade that the instances run; needs Docker in `imageId`. */
  readonly container: string;
  /** Requests that one proxy has under way at a time; more are told to come back. */
  readonly concurrencyMax: number;
};

export interface Ec2TargetSpec {
  readonly instanceType: string;
  readonly imageId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly instanceProfile?: string;
  /** Plain text; sent base64-encoded in the launch template. */
  readonly userData?: string;
  readonly port: number;
  readonly healthPath: string;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  readonly healthCheckGraceSeconds: number;
  readonly scaleOn?: ScaleOnSpec;
}

/** Target tracking on a metric that the workload publishes. CPU is refused: it says nothing about a GPU. */
export interface ScaleOnSpec {
  readonly namespace: string;
  readonly metric: string;
  readonly value: number;
}
