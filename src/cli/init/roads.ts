/** One function a road: looks at what serves today, and answers with the fields of its spec. */
import type { Account } from '../../ports/account';
import type { Answers, Field } from './answers';
import { addressFields, fleetFields, ownedFields, routerFields } from './fields';
import { hostedType, hostingFields, proxyFields } from './hosting-fields';
import { metricsFields } from './metrics';
import type { Choice } from './prompter';
import { workloadFrom } from './propose';
import { chooseGroup, findBalancedSource } from './source-balanced';
import type { Stack } from './source-records';
import { findRecordPair, findStack } from './source-records';

export interface Found {
  /** A name that the workload could have. */
  readonly workload: string | undefined;
  readonly fields: readonly Field[];
}

type FindRoad = (account: Account, answers: Answers, region: string) => Promise<Found>;

/** As README's "Which road is mine?" tells them. */
export const ROADS: readonly (Choice & { readonly find: FindRoad })[] = [
  { value: 'alb', label: 'behind an Application Load Balancer, to EC2 instances', find: findBalanced },
  {
    value: 'sagemaker-proxy',
    label: 'behind an Application Load Balancer, to a SageMaker endpoint',
    find: findBalancedToHosting,
  },
  { value: 'route53', label: 'at a name that only DNS divides, to a stack that is there already', find: findRecords },
  { value: 'sagemaker', label: 'a model on a SageMaker endpoint, to another on the same endpoint', find: findVariants },
];

async function findBalanced(account: Account, answers: Answers, region: string): Promise<Found> {
  const source = await findBalancedSource(account, answers, region);
  const fields = [
    ...(await addressFields(answers, source.address)),
    ...(await metricsFields(answers)),
    ...ownedFields(source),
    ...(await fleetFields(answers, source, ['target', 'ec2'])),
    ...routerFields(source),
  ];
  return { workload: workloadFrom(source.address.host ?? source.targetGroup.name), fields };
}

async function findBalancedToHosting(account: Account, answers: Answers, region: string): Promise<Found> {
  const source = await findBalancedSource(account, answers, region);
  const instanceType = hostedType(source.proposal.instanceType);
  const proposal = {
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(source.proposal.desired === undefined ? {} : { instanceCount: source.proposal.desired }),
  };
  const fields = [
    ...(await addressFields(answers, source.address)),
    ...(await metricsFields(answers)),
    ...ownedFields(source),
    ...(await hostingFields(answers, proposal, 'what the target serves')),
    ...(await proxyFields(answers, source)),
    ...routerFields(source),
  ];
  return { workload: workloadFrom(source.address.host ?? source.targetGroup.name), fields };
}

async function findVariants(account: Account, answers: Answers, region: string): Promise<Found> {
  const { name } = await answers.choice(
    { flag: 'endpointName', question: 'which endpoint answers today?', none: `no SageMaker endpoint in ${region}` },
    await account.endpoints(),
    (endpoint) => ({ value: endpoint.name, label: endpoint.status }),
  );
  const serving = (await account.variants(name)).filter(({ weight }) => weight > 0);
  const variant = await answers.choice(
    { flag: 'sourceVariant', question: 'which variant answers today?', none: `no variant of ${name} with weight` },
    serving,
    (one) => ({ value: one.name, label: `weight ${one.weight}, ${one.instanceCount} × ${one.instanceType ?? '?'}` }),
  );
  const at = ['router', 'sagemaker'];
  const fields: Field[] = [
    ...(await addressFields(answers, undefined)),
    ...(await metricsFields(answers)),
    {
      path: ['source', 'owned', 'endpoints'],
      value: [name],
      note: "the source's variant is taken off at the end, after an approval; without this line it stays at weight 0",
    },
    ...(await hostingFields(answers, variant, 'what runs now: put in the new one')),
    { path: [...at, 'endpointName'], value: name, flag: 'endpointName' },
    { path: [...at, 'sourceVariant'], value: variant.name, flag: 'sourceVariant' },
    await answers.field({
      flag: 'targetEndpoint',
      question: 'where does an invoke proxy of the target alone answer? (URL)',
      path: [...at, 'targetEndpoint'],
      note: 'docs/invoke-proxy.md',
    }),
    ...(await healthFields(answers, undefined, at)),
  ];
  return { workload: workloadFrom(name), fields };
}

async function findRecords(account: Account, answers: Answers, region: string): Promise<Found> {
  const pair = await findRecordPair(account, answers);
  const counted = !answers.has('prometheus');
  const source = counted ? await findStack(account, answers, region, 'source', pair.source) : undefined;
  const target = counted ? await findStack(account, answers, region, 'target', pair.target) : undefined;
  const at = ['router', 'route53'];
  const fields: Field[] = [
    ...(await addressFields(
      answers,
      source?.endpoint === undefined ? undefined : { endpoint: source.endpoint, host: pair.name },
    )),
    ...(await metricsFields(answers, [...countedAt('source', source), ...countedAt('target', target)])),
    ...(source === undefined
      ? []
      : ownedFields({ group: await chooseGroup(account, answers, source.targetGroup), instances: [] })),
    await answers.field({
      flag: 'targetEndpoint',
      question: 'where does the target alone answer? (URL)',
      proposal: target?.endpoint,
      path: ['target', 'existing', 'endpoint'],
    }),
    ...(await healthFields(answers, target?.targetGroup.healthPath, ['target', 'existing'])),
    { path: [...at, 'hostedZoneId'], value: pair.zoneId, flag: 'zone' },
    { path: [...at, 'recordName'], value: pair.name, flag: 'record' },
    { path: [...at, 'recordType'], value: pair.type, flag: 'record' },
    { path: [...at, 'sourceIdentifier'], value: pair.source.setIdentifier, flag: 'sourceIdentifier' },
    { path: [...at, 'targetIdentifier'], value: pair.target.setIdentifier, flag: 'targetIdentifier' },
  ];
  return { workload: workloadFrom(pair.name), fields };
}

function countedAt(side: 'source' | 'target', stack: Stack | undefined): Field[] {
  if (stack === undefined) return [];
  const { balancer, targetGroup } = stack;
  const value = { loadBalancerArn: balancer.arn, targetGroupArn: targetGroup.arn };
  return [{ path: ['source', 'metrics', 'loadBalancers', side], value }];
}

/** Left out where nothing says it: then the spec's own default holds. */
async function healthFields(answers: Answers, proposal: string | undefined, at: readonly string[]): Promise<Field[]> {
  if (proposal === undefined && !answers.has('healthPath')) return [];
  const question = 'which path says whether it is healthy?';
  return [
    await answers.field({ flag: 'healthPath', question, proposal, isSettled: true, path: [...at, 'healthPath'] }),
  ];
}
