/** Service Quotas for SageMaker: how many instances of a type may run, and the refusal of more. */
import { createHash } from 'node:crypto';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import { variantsOf } from './account';
import type { Fleet, Operations, SageMakerAccount } from './account';
import { pageFrom } from './listing';

const SIZES: Readonly<Record<string, readonly string[]>> = {
  c5: ['large', 'xlarge', '2xlarge', '4xlarge', '9xlarge', '18xlarge'],
  c6i: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'],
  g4dn: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
  g5: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge', '48xlarge'],
  g6: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge', '48xlarge'],
  inf2: ['xlarge', '8xlarge', '24xlarge', '48xlarge'],
  m5: ['large', 'xlarge', '2xlarge', '4xlarge', '12xlarge', '24xlarge'],
  p4d: ['24xlarge'],
  t2: ['medium', 'large', 'xlarge', '2xlarge'],
};
/** Beside the one for endpoints, so that a reader has to look for the right one, over more than one page. */
const USAGES = ['endpoint usage', 'training job usage', 'processing job usage', 'transform job usage'];
const VALUE = 20;
const PAGE_SIZE = 100;

interface QuotaRequest {
  readonly ServiceCode: string;
  readonly QuotaCode?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

export class InstanceQuotas {
  private readonly changed = new Map<string, number>();

  constructor(private readonly account: SageMakerAccount) {}

  set(instanceType: string, value: number): void {
    this.changed.set(endpointQuota(instanceType), value);
  }

  reset(): void {
    this.changed.clear();
  }

  /** @throws ResourceLimitExceeded when `added` does not fit beside all that runs. Instances by type. */
  refuseExcess(added: ReadonlyMap<string, number>): void {
    const inUse = countInstances(
      this.account.endpoints
        .all()
        .flatMap(({ fleet, pending }) => [fleet, ...(pending === undefined ? [] : [pending.fleet])]),
    );
    for (const [instanceType, delta] of added) {
      const limit = this.valueOf(endpointQuota(instanceType));
      const used = inUse.get(instanceType) ?? 0;
      if (delta <= 0 || used + delta <= limit) continue;
      throw new AwsError(
        'ResourceLimitExceeded',
        `The account-level service limit '${endpointQuota(instanceType)}' is ${limit} Instances, with current utilization of ${used} Instances and a request delta of ${delta} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.`,
      );
    }
  }

  operations(): Operations {
    return {
      ListServiceQuotas: (input: QuotaRequest) => {
        const asked = this.names().filter((name) => input.QuotaCode === undefined || codeOf(name) === input.QuotaCode);
        const { items, ...next } = pageFrom(asked, input.NextToken, input.MaxResults ?? PAGE_SIZE);
        return { Quotas: items.map((name) => this.describe(name)), ...next };
      },
      GetServiceQuota: (input: QuotaRequest) => {
        const name = this.names().find((candidate) => codeOf(candidate) === input.QuotaCode);
        if (name === undefined)
          throw new AwsError(
            'NoSuchResourceException',
            'The request failed because the specified quota does not exist.',
          );
        return { Quota: this.describe(name) };
      },
    };
  }

  private names(): string[] {
    const types = Object.entries(SIZES).flatMap(([family, sizes]) => sizes.map((size) => `ml.${family}.${size}`));
    const known = types.flatMap((type) => USAGES.map((usage) => `${type} for ${usage}`));
    return [...new Set([...known, ...this.changed.keys()])].sort();
  }

  private valueOf(name: string): number {
    return this.changed.get(name) ?? VALUE;
  }

  private describe(name: string): object {
    const code = codeOf(name);
    return {
      ServiceCode: 'sagemaker',
      ServiceName: 'Amazon SageMaker',
      QuotaArn: `arn:aws:servicequotas:${LAB_REGION}:${LAB_ACCOUNT}:sagemaker/${code}`,
      QuotaCode: code,
      QuotaName: name,
      Value: this.valueOf(name),
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: false,
      QuotaAppliedAtLevel: 'ACCOUNT',
    };
  }
}

/** Instances that the fleets want, by type; serverless variants have none. */
export function countInstances(fleets: readonly Fleet[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { config, desiredCount } of fleets.flatMap(variantsOf)) {
    const { InstanceType } = config;
    if (InstanceType !== undefined) counts.set(InstanceType, (counts.get(InstanceType) ?? 0) + desiredCount);
  }
  return counts;
}

const endpointQuota = (instanceType: string): string => `${instanceType} for ${USAGES[0]}`;

/** The lab's own: AWS's look the same and are others. */
function codeOf(name: string): string {
  return `L-${createHash('sha256').update(name).digest('hex').slice(0, 8).toUpperCase()}`;
}
