import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import { parseS3Url } from '../domain/resources';
import type { DataSetSpec, MigrationSpec } from '../domain/spec';
import type { Ports } from './ports';

/** What a SageMaker target needs that is not there. @returns `path: problem`, in the words of the spec. */
export async function inspectHosting({ buckets }: Pick<Ports, 'buckets'>, spec: MigrationSpec): Promise<string[]> {
  const modelData = spec.target.sagemaker?.modelData;
  if (modelData === undefined) return [];
  const place = originOf(modelData, spec.data);
  if (await buckets.hasObject(place)) return [];
  const from = place === modelData ? '' : `, whence ${modelData} is to be copied`;
  return [`target.sagemaker.modelData: there is no object ${place}${from}`];
}

/** The quota counts all endpoints of the account; what others use of it is not known. @throws QuotaTooLow. */
export async function inspectQuota({ hosting }: Pick<Ports, 'hosting'>, spec: MigrationSpec): Promise<void> {
  const { sagemaker } = spec.target;
  if (sagemaker === undefined) return;
  const { instanceType, instanceCount, scaling } = sagemaker;
  const wanted = Math.max(instanceCount, scaling?.max ?? 0);
  const quota = await hosting.readInstanceQuota(instanceType);
  if (quota === undefined || quota.value >= wanted) return;
  throw new MigrationError(
    'QuotaTooLow',
    `target.sagemaker asks for up to ${wanted} instances, and the quota '${quota.name}' of ${spec.region} is ` +
      `${quota.value} for all endpoints together. Ask AWS for more: aws service-quotas ` +
      `request-service-quota-increase --service-code sagemaker --quota-code ${quota.code} ` +
      `--desired-value ${wanted} --region ${spec.region}`,
  );
}

/** Where the object is today: what a data set brings is still at the set's source. */
function originOf(url: string, dataSets: readonly DataSetSpec[]): string {
  const wanted = parseS3Url(url);
  for (const { from, to } of dataSets) {
    const [source, target] = [parseS3Url(from), parseS3Url(to)];
    if (!wanted || !source || !target || !isUnder(wanted, target)) continue;
    const below = wanted.prefix.slice(target.prefix === '' ? 0 : target.prefix.length + 1);
    return `s3://${[source.bucket, source.prefix, below].filter((part) => part !== '').join('/')}`;
  }
  return url;
}

function isUnder(object: BucketLocation, { bucket, prefix }: BucketLocation): boolean {
  return object.bucket === bucket && (prefix === '' || object.prefix.startsWith(`${prefix}/`));
}
