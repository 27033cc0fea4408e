/** Fields of a target that SageMaker serves. */
import type { VariantFacts } from '../../ports/account';
import type { Answers, Field } from './answers';
import { placeFields, wholeNumber } from './fields';
import type { BalancedSource } from './source-balanced';

const AT = ['target', 'sagemaker'];

/** What a proposal is made of; what is left out has to be said. */
type Proposal = Partial<VariantFacts>;

export async function hostingFields(answers: Answers, proposal: Proposal, note: string): Promise<Field[]> {
  const { image, modelData, executionRoleArn, instanceType, instanceCount, inferenceAmiVersion } = proposal;
  const fields = [
    await answers.field({
      flag: 'image',
      question: 'which container image shall the target run? (ECR)',
      proposal: image,
      path: [...AT, 'image'],
      note,
    }),
    ...(await modelFields(answers, modelData, note)),
    await answers.field({
      flag: 'executionRole',
      question: 'which role shall the target have? (ARN)',
      proposal: executionRoleArn,
      path: [...AT, 'executionRoleArn'],
    }),
    await answers.field({
      flag: 'instanceType',
      question: 'which instance type shall the target have?',
      proposal: instanceType,
      path: [...AT, 'instanceType'],
    }),
    await answers.field({
      flag: 'instanceCount',
      question: 'how many instances shall the target have?',
      proposal: String(instanceCount ?? 1),
      path: [...AT, 'instanceCount'],
      read: wholeNumber,
    }),
  ];
  if (inferenceAmiVersion === undefined) return fields;
  return [...fields, { path: [...AT, 'inferenceAmiVersion'], value: inferenceAmiVersion }];
}

/** An image may hold the model, so nobody has to name one. */
async function modelFields(answers: Answers, proposal: string | undefined, note: string): Promise<Field[]> {
  if (proposal === undefined && !answers.has('modelData')) return [];
  const question = 'which model shall it load? (s3://….tar.gz)';
  return [await answers.field({ flag: 'modelData', question, proposal, path: [...AT, 'modelData'], note })];
}

const PROXY_TYPE = 'c7i.large';

/** They stand where the source's instances do. */
export async function proxyFields(answers: Answers, source: BalancedSource): Promise<Field[]> {
  const at = [...AT, 'proxy'];
  return [
    await answers.field({
      flag: 'proxyType',
      question: 'which instance type shall the invoke proxies have?',
      proposal: PROXY_TYPE,
      path: [...at, 'instanceType'],
      note: 'small, without a GPU',
    }),
    await answers.field({
      flag: 'proxyImage',
      question: 'which AMI shall the invoke proxies have? (with Docker)',
      path: [...at, 'imageId'],
    }),
    await answers.field({
      flag: 'proxyContainer',
      question: "which container image is Crossfade's?",
      path: [...at, 'container'],
      note: 'and an instanceProfile that may call sagemaker:InvokeEndpoint: docs/invoke-proxy.md',
    }),
    ...(await placeFields(answers, source, at)),
  ];
}

/** SageMaker's name of the type; it does not have every one. */
export function hostedType(instanceType: string | undefined): string | undefined {
  return instanceType === undefined ? undefined : `ml.${instanceType}`;
}
