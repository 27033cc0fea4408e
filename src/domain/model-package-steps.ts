/** What phase 2 does about versions of the Model Registry. */
import type { ModelPackageSpec } from './model-package';

/** The files that a version names: copied, then proven. */
export interface ModelDataStep {
  readonly kind: 'copy-model-data' | 'verify-model-data';
  readonly name: string;
  readonly modelPackage: ModelPackageSpec;
}

/** The version is looked at; a group found or made, and the version in it; read back and compared. */
export interface RegistryStep {
  readonly kind: 'model-entry' | 'model-package-group' | 'model-package' | 'verify-model-package';
  readonly name: string;
  readonly modelPackage: ModelPackageSpec;
}

export type ModelPackageStep = ModelDataStep | RegistryStep;

/** All are looked at before the first copy: what cannot be moved is told before anything costs. */
export function planModelEntries(modelPackages: readonly ModelPackageSpec[] = []): ModelPackageStep[] {
  return modelPackages.map((modelPackage) => ({ kind: 'model-entry', name: modelPackage.name, modelPackage }));
}

/** After the data sets, which may make the buckets. A group is made once, however many versions go into it. */
export function planModelPackages(modelPackages: readonly ModelPackageSpec[] = []): ModelPackageStep[] {
  return modelPackages.flatMap((modelPackage, index): ModelPackageStep[] => {
    const { name, to } = modelPackage;
    const isFirst = modelPackages.findIndex((other) => other.to === to) === index;
    return [
      { kind: 'copy-model-data', name, modelPackage },
      { kind: 'verify-model-data', name, modelPackage },
      ...(isFirst ? [{ kind: 'model-package-group' as const, name: to, modelPackage }] : []),
      { kind: 'model-package', name, modelPackage },
      { kind: 'verify-model-package', name, modelPackage },
    ];
  });
}
