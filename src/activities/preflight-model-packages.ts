import { MigrationError } from '../domain/errors';
import { regionOf } from '../domain/model-package';
import { parseS3Url } from '../domain/resources';
import type { MigrationSpec } from '../domain/spec';
import type { Ports } from './ports';

/** @returns `path: problem`, in the words of the spec. */
export async function inspectModelPackages(
  { registry, buckets }: Pick<Ports, 'registry' | 'buckets'>,
  { modelPackages = [], data, region }: MigrationSpec,
): Promise<string[]> {
  const problems: string[] = [];
  const coming = new Set(data.map(({ to }) => parseS3Url(to)?.bucket));
  for (const [index, modelPackage] of modelPackages.entries()) {
    const bucket = parseS3Url(modelPackage.modelDataTo)?.bucket ?? '';
    if (!coming.has(bucket) && (await buckets.findBucket(bucket)) === undefined)
      problems.push(`modelPackages[${index}].modelDataTo: there is no bucket ${bucket}, and no data set makes it`);
    try {
      await registry.readSource(modelPackage, regionOf(modelPackage, region));
    } catch (error) {
      if (!(error instanceof MigrationError && error.code === 'NotFound')) throw error;
      problems.push(`modelPackages[${index}].from: there is no model package ${modelPackage.from}`);
    }
  }
  return problems;
}
