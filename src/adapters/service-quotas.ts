/** Quotas of the account, by their names: the codes differ between instance types and follow no rule. */
import type { ServiceQuota, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { ListAWSDefaultServiceQuotasCommand, ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import type { InstanceQuota } from '../ports/model-hosting';
import { awsCall } from './aws-errors';
import { exactlyOne } from './found';

const SERVICE = 'sagemaker';
const PAGE_SIZE = 100;

interface Page {
  readonly Quotas?: ServiceQuota[] | undefined;
  readonly NextToken?: string | undefined;
}

/** @returns undefined when there is no such quota. */
export async function readInstanceQuota(
  client: ServiceQuotasClient,
  instanceType: string,
): Promise<InstanceQuota | undefined> {
  const wanted = `${instanceType} for endpoint usage`;
  const applied = await findQuota(wanted, (NextToken) => {
    const command = new ListServiceQuotasCommand({ ServiceCode: SERVICE, MaxResults: PAGE_SIZE, NextToken });
    return awsCall('servicequotas:ListServiceQuotas', SERVICE, (abortSignal) => client.send(command, { abortSignal }));
  });
  if (applied !== undefined) return applied;
  // The list of applied values leaves out quotas that nobody ever changed, where AWS keeps only a default.
  return findQuota(wanted, (NextToken) => {
    const command = new ListAWSDefaultServiceQuotasCommand({ ServiceCode: SERVICE, MaxResults: PAGE_SIZE, NextToken });
    return awsCall('servicequotas:ListAWSDefaultServiceQuotas', SERVICE, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
  });
}

async function findQuota(
  name: string,
  read: (token: string | undefined) => Promise<Page>,
): Promise<InstanceQuota | undefined> {
  const found: InstanceQuota[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    for (const { QuotaName, QuotaCode, Value } of page.Quotas ?? [])
      if (QuotaName === name && QuotaCode !== undefined && Value !== undefined)
        found.push({ code: QuotaCode, name, value: Value });
    token = page.NextToken;
  } while (token);
  return found.length === 0 ? undefined : exactlyOne(found, `quota ${name}`);
}
