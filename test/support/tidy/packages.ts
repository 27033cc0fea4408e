export type Dependencies = Readonly<Record<string, string>>;

/** The parts of Temporal's SDK talk to each other's classes: one exact version for all of them. */
export function findLooseTemporalPins(dependencies: Dependencies): string[] {
  const temporal = Object.entries(dependencies).filter(([name]) => name.startsWith('@temporalio/'));
  const loose = temporal
    .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
    .map(([name, version]) => `${name}: ${version} is not one exact version`);
  const versions = [...new Set(temporal.map(([, version]) => version))];
  return versions.length > 1 ? [...loose, `@temporalio/*: ${versions.join(' and ')} are mixed`] : loose;
}

/**
 * Histories are read back with one copy's classes and checked by another's when there are two.
 * @param copies who asked for a package, and the file that the asker gets.
 */
export function findSecondCopies(copies: Readonly<Record<string, string>>): string[] {
  const files = [...new Set(Object.values(copies))];
  if (files.length === 1) return [];
  if (files.length === 0) return ['nobody asked for it'];
  return Object.entries(copies).map(([asker, file]) => `${asker} gets ${file}`);
}
