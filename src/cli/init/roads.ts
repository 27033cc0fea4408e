/** One function a road: looks at what serves today, and answers with the fields of its spec. */
import type { Account } from '../../ports/account';
import type { Answers, Field } from './answers';
import { addressFields, fleetFields, ownedFields, routerFields } from './fields';
import type { Choice } from './prompter';
import { workloadFrom } from './propose';
import { findBalancedSource } from './source-balanced';

export interface Found {
  /** A name that the workload could have. */
  readonly workload: string | undefined;
  readonly fields: readonly Field[];
}

export type Road = (account: Account, answers: Answers, region: string) => Promise<Found>;

/** As README's "Which road is mine?" tells them. */
export const ROADS: Readonly<Record<string, Road>> = { alb: balanced };

export const ROAD_CHOICES: readonly Choice[] = [
  { value: 'alb', label: 'behind an Application Load Balancer, to EC2 instances' },
];

async function balanced(account: Account, answers: Answers, region: string): Promise<Found> {
  const source = await findBalancedSource(account, answers, region);
  const fields = [
    ...(await addressFields(answers, source.address)),
    { path: ['source', 'metrics', 'kind'], value: 'cloudwatch' },
    ...ownedFields(source),
    ...(await fleetFields(answers, source, ['target', 'ec2'])),
    ...routerFields(source),
  ];
  return { workload: workloadFrom(source.address.host ?? source.targetGroup.name), fields };
}
