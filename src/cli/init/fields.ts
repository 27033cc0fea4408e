/** Fields that more than one road has. */
import type { ScalingGroupFacts } from '../../ports/account';
import type { Answers, Field } from './answers';
import type { BalancedSource } from './source-balanced';
import type { Address } from './propose';

/** What is no number stays as it is, so that the spec's own check says so. */
export function wholeNumber(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** Where users reach it. @param address undefined: nobody but the operator knows. */
export async function addressFields(answers: Answers, address: Address | undefined): Promise<Field[]> {
  const endpoint = await answers.field({
    flag: 'endpoint',
    question: 'where do users reach the workload today? (URL)',
    proposal: address?.endpoint,
    path: ['source', 'endpoint'],
  });
  const host = address?.host;
  if (host === undefined && !answers.has('host')) return [endpoint];
  return [
    endpoint,
    await answers.field({
      flag: 'host',
      question: "which Host header do the workload's requests have?",
      proposal: host,
      isSettled: true,
      path: ['source', 'host'],
    }),
  ];
}

export function routerFields({ listener, rule, targetGroup }: BalancedSource): Field[] {
  const by: Field = rule.isDefault
    ? {
        path: ['router', 'alb', 'listenerArn'],
        value: listener.arn,
        flag: 'rule',
        note: `the default rule of ${listener.protocol} ${listener.port}`,
      }
    : {
        path: ['router', 'alb', 'ruleArn'],
        value: rule.arn,
        flag: 'rule',
        note: [...rule.hosts, ...rule.paths].join(' '),
      };
  const source = {
    path: ['router', 'alb', 'sourceTargetGroupArn'],
    value: targetGroup.arn,
    flag: 'targetGroup',
  } as const;
  return [by, source];
}

/** All that may be stopped at the end, behind a gate. */
export function ownedFields({
  group,
  instances,
}: Pick<BalancedSource, 'instances'> & { readonly group?: ScalingGroupFacts | undefined }): Field[] {
  const note = 'may be stopped at the end, after an approval; take out what must stay';
  if (group !== undefined) return [{ path: ['source', 'owned', 'autoScalingGroups'], value: [group.name], note }];
  if (instances.length === 0) return [];
  return [{ path: ['source', 'owned', 'instances'], value: instances.map(({ id }) => id), note }];
}

/** Instances as the source's. @param at where they stand in the spec. */
export async function fleetFields(answers: Answers, source: BalancedSource, at: readonly string[]): Promise<Field[]> {
  const { proposal, group } = source;
  const profile = proposal.instanceProfile;
  const unknown = group === undefined ? ' (or say with --source-group what serves today)' : '';
  return [
    await answers.field({
      flag: 'instanceType',
      question: `which instance type shall the target have?${proposal.instanceType === undefined ? unknown : ''}`,
      proposal: proposal.instanceType,
      path: [...at, 'instanceType'],
      note: noteOf(proposal.instanceType, proposal.notes, 'as the source today'),
    }),
    await answers.field({
      flag: 'image',
      question: 'which AMI shall the target have?',
      proposal: proposal.imageId,
      path: [...at, 'imageId'],
      note: 'it must serve by itself, or by userData; that of the source is not copied, it may hold secrets',
    }),
    ...(await placeFields(answers, source, at)),
    ...(profile === undefined ? [] : [{ path: [...at, 'instanceProfile'], value: profile }]),
    ...(await sizeFields(answers, source, at)),
  ];
}

function noteOf(proposal: string | undefined, notes: readonly string[], otherwise: string): string {
  return proposal === undefined ? 'as you said' : [otherwise, ...notes].join('; ');
}

/** Network and port: seldom another than the source's, so a person is asked only where it is not known. */
export async function placeFields(answers: Answers, source: BalancedSource, at: readonly string[]): Promise<Field[]> {
  const { proposal, targetGroup } = source;
  const settled = { isSettled: true } as const;
  return [
    await answers.field({
      ...settled,
      flag: 'subnets',
      question: 'in which subnets? (IDs, separated by commas)',
      proposal: joined(proposal.subnetIds),
      path: [...at, 'subnetIds'],
      read: listOf,
    }),
    await answers.field({
      ...settled,
      flag: 'securityGroups',
      question: 'in which security groups? (IDs, separated by commas)',
      proposal: joined(proposal.securityGroupIds),
      path: [...at, 'securityGroupIds'],
      read: listOf,
    }),
    await answers.field({
      ...settled,
      flag: 'port',
      question: 'at which port does it answer?',
      proposal: targetGroup.port === undefined ? undefined : String(targetGroup.port),
      path: [...at, 'port'],
      read: wholeNumber,
    }),
    await answers.field({
      ...settled,
      flag: 'healthPath',
      question: 'which path says whether it is healthy?',
      proposal: targetGroup.healthPath,
      path: [...at, 'healthPath'],
    }),
  ];
}

async function sizeFields(answers: Answers, { proposal }: BalancedSource, at: readonly string[]): Promise<Field[]> {
  const questions = [
    ['min', 'how many instances at least?'],
    ['desired', 'how many instances at first?'],
    ['max', 'how many instances at most?'],
  ] as const;
  const fields: Field[] = [];
  for (const [flag, question] of questions) {
    const size = proposal[flag];
    const field = await answers.field({
      flag,
      question,
      proposal: size === undefined ? undefined : String(size),
      isSettled: true,
      path: [...at, flag],
      read: wholeNumber,
      // Whether the three go together is seen when all of them are known.
      beside: (value) => questions.map(([each]) => ({ path: [...at, each], value })),
    });
    fields.push(field);
  }
  return fields;
}

function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',');
}

/** What copies requests, and where the decisions go: nothing in the account says. */
export async function endFields(answers: Answers, workload: string): Promise<Field[]> {
  return [
    await answers.field({
      flag: 'tap',
      question: 'where is the tap in front of the source? (URL of its control port; docs/tap.md)',
      path: ['shadow', 'tap'],
      note: 'start it before the migration: docs/tap.md',
    }),
    await answers.field({
      flag: 'ledger',
      question: `where do evidence and decisions of ${workload} go? (s3://bucket/prefix)`,
      path: ['ledger'],
      note: 'the bucket must be there',
    }),
  ];
}
