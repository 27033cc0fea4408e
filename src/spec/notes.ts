import { checkAccelerator } from '../domain/accelerators';
import type { MigrationSpec } from '../domain/spec';

/** What could not be checked, in sentences with a path. None of it is a problem. */
export function specNotes({ target }: MigrationSpec): string[] {
  if (target.sagemaker === undefined) return [];
  const { instanceType, inferenceAmiVersion, framework, kmsKeyId } = target.sagemaker;
  const { unchecked } = checkAccelerator({
    instanceType,
    inferenceAmiVersion,
    cuda: framework?.cuda,
    pytorch: framework?.pytorch,
    cudaCompat: framework?.cudaCompat ?? false,
    isEncrypted: kmsKeyId !== undefined,
  });
  return unchecked.map((sentence) => `target.sagemaker: ${sentence}`);
}
