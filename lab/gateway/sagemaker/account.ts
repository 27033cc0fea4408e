/** What one account holds in SageMaker, and how SageMaker words that something is missing or there already. */
import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  CreateModelPackageInput,
  DataCaptureConfig,
  DeployedImage,
  DeploymentConfig,
  EndpointStatus,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';

export type { Operations } from '../modelled-service';

export interface ModelRecord {
  readonly arn: string;
  readonly input: CreateModelInput;
  readonly createdAt: Date;
}

export interface ConfigRecord {
  readonly arn: string;
  readonly input: CreateEndpointConfigInput;
  readonly createdAt: Date;
}

/** One version of a group. */
export interface ModelVersionRecord {
  readonly arn: string;
  /** Name of its group. */
  readonly group: string;
  readonly number: number;
  readonly token: string | undefined;
  readonly createdAt: Date;
  modifiedAt: Date;
  members: Omit<CreateModelPackageInput, 'ClientToken' | 'ModelPackageGroupName' | 'ModelPackageName' | 'Tags'> & {
    readonly ApprovalDescription?: string;
  };
}

export interface ModelGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly versions: ModelVersionRecord[];
  /** The highest number that was given. */
  lastVersion: number;
}

export interface Server {
  readonly key: string;
  readonly url: string;
}

/** One variant as it runs: what is wanted, what is so, and the containers behind it. */
export interface Variant {
  readonly name: string;
  readonly config: ProductionVariant;
  readonly images: readonly DeployedImage[];
  readonly servers: Server[];
  currentWeight: number;
  desiredWeight: number;
  currentCount: number;
  desiredCount: number;
}

/** Everything that an update replaces at once. */
export interface Fleet {
  readonly configName: string;
  readonly production: readonly Variant[];
  readonly shadow: readonly Variant[];
  readonly capture: DataCaptureConfig | undefined;
}

export interface Endpoint {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  modifiedAt: Date;
  status: EndpointStatus;
  failureReason: string | undefined;
  fleet: Fleet;
  pending: { readonly fleet: Fleet; readonly startedAt: Date } | undefined;
  deploymentConfig: DeploymentConfig | undefined;
}

export type ResourceKind = 'model' | 'endpoint-config' | 'endpoint' | 'model-package-group';

const KIND_WORDS: Readonly<Record<ResourceKind, string>> = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
  'model-package-group': 'model package group',
};

/** SageMaker writes names in ARNs in lower case, so two names that differ in case alone collide. */
export function arnOf(kind: ResourceKind, name: string): string {
  return `arn:aws:sagemaker:${LAB_REGION}:${LAB_ACCOUNT}:${kind}/${name.toLowerCase()}`;
}

/** Records of one kind by their ARN. */
export class Shelf<Record extends { readonly arn: string }> {
  private readonly records = new Map<string, Record>();

  constructor(readonly kind: ResourceKind) {}

  add(record: Record): void {
    this.records.set(record.arn, record);
  }

  find(name: string): Record | undefined {
    return this.records.get(arnOf(this.kind, name));
  }

  get(name: string): Record {
    const record = this.find(name);
    if (record === undefined) throw missing(arnOf(this.kind, name));
    return record;
  }

  /** Throws when a record of this name is there. */
  refuseExisting(name: string): void {
    if (this.find(name) !== undefined) {
      const what = `${KIND_WORDS[this.kind]} "${arnOf(this.kind, name)}"`;
      throw new AwsError('ValidationException', `Cannot create already existing ${what}.`);
    }
  }

  delete(name: string): void {
    this.records.delete(arnOf(this.kind, name));
  }

  has(arn: string): boolean {
    return this.records.has(arn);
  }

  all(): Record[] {
    return [...this.records.values()];
  }
}

export class SageMakerAccount {
  readonly models = new Shelf<ModelRecord>('model');
  readonly configs = new Shelf<ConfigRecord>('endpoint-config');
  readonly endpoints = new Shelf<Endpoint>('endpoint');
  readonly modelGroups = new Shelf<ModelGroupRecord>('model-package-group');
  /** ARN → key → value. */
  readonly tags = new Map<string, Map<string, string>>();

  /** Throws for an ARN under which there is nothing. */
  requireArn(arn: string): void {
    const shelves = [this.models, this.configs, this.endpoints, this.modelGroups];
    if (!shelves.some((shelf) => shelf.has(arn))) throw missing(arn);
  }
}

/** Production variants first. */
export function variantsOf(fleet: Fleet): Variant[] {
  return [...fleet.production, ...fleet.shadow];
}

function missing(arn: string): AwsError {
  const kind = /:(model-package-group|model|endpoint-config|endpoint)\//.exec(arn)?.[1] as ResourceKind | undefined;
  return new AwsError(
    'ValidationException',
    `Could not find ${kind === undefined ? 'resource' : KIND_WORDS[kind]} "${arn}".`,
  );
}
