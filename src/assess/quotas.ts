/** Whether the account may run what all workloads together need. EC2 counts vCPUs, by class of instance type. */
import type { InstanceQuotaName, Market } from '../domain/instance-types';
import { INSTANCE_TYPES, quotaOf } from '../domain/instance-types';
import type { Inventory } from '../domain/inventory';
import type { InstanceChoice } from './choose-instance';

export interface QuotaAnswer {
  readonly quota: InstanceQuotaName;
  readonly market: Market;
  /** Of all workloads together. Unit: vCPUs. */
  readonly needed: number;
  /** null: not told. */
  readonly allowed: number | null;
  readonly state: 'enough' | 'short' | 'unknown';
  readonly text: string;
  readonly answer: string;
}

const NAMES: Readonly<Record<InstanceQuotaName, string>> = {
  standard: 'Standard (A, C, D, H, I, M, R, T, Z)',
  g: 'G and VT',
  p: 'P',
  inf: 'Inf',
  trn: 'Trn',
};

export function judgeQuotas({ quotas }: Inventory, instances: readonly InstanceChoice[]): Map<string, QuotaAnswer> {
  const needs = new Map<string, { quota: InstanceQuotaName; market: Market; needed: number }>();
  for (const { instanceType, market, count } of instances) {
    const vcpus = INSTANCE_TYPES.get(instanceType)?.vcpus;
    if (vcpus === undefined) continue;
    const quota = quotaOf(instanceType);
    const key = keyOf(instanceType, market);
    needs.set(key, { quota, market, needed: (needs.get(key)?.needed ?? 0) + count * vcpus });
  }
  return new Map([...needs].map(([key, { quota, market, needed }]) => [key, answer(quota, market, needed, quotas)]));
}

export function keyOf(instanceType: string, market: Market): string {
  return `${market} ${quotaOf(instanceType)}`;
}

function answer(quota: InstanceQuotaName, market: Market, needed: number, quotas: Inventory['quotas']): QuotaAnswer {
  const allowed = quotas[market][quota] ?? null;
  const name = `${market === 'spot' ? 'All Spot' : 'Running On-Demand'} ${NAMES[quota]} instances`;
  const state = allowed === null ? 'unknown' : needed <= allowed ? 'enough' : 'short';
  const key = `quotas.${market === 'spot' ? 'spot' : 'onDemand'}.${quota}`;
  return {
    quota,
    market,
    needed,
    allowed,
    state,
    text: `quota "${name}": ${needed} vCPUs are needed by all workloads together, ${allowed === null ? `${key} is not told` : `${allowed} are allowed`}`,
    answer:
      state === 'short'
        ? `ask for ${needed} vCPUs now: an increase of GPU quotas takes weeks`
        : `look it up (aws service-quotas list-service-quotas --service-code ec2) and write it into ${key}`,
  };
}
