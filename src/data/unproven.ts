/** Why a data set is not proven, as the error that its operator gets. */
import type { ErrorCode } from '../domain/errors';
import { MigrationError } from '../domain/errors';
import type { DataSetSpec } from '../domain/spec';
import type { Finding, FindingKind } from './finding';
import { spoilsProof } from './finding';
import type { CopyResult } from './result';

/** What a person has to cure stands before what a retry may. */
const CODES: readonly (readonly [FindingKind, ErrorCode])[] = [
  ['denied', 'AwsDenied'],
  ['rejected', 'AwsRejected'],
  ['lost', 'AwsRejected'],
  ['mismatch', 'DataMismatch'],
  ['newer_on_target', 'DataMismatch'],
  ['kept', 'AwsRejected'],
  ['unavailable', 'AwsUnavailable'],
  ['changing', 'DataChanged'],
];
const NAMED_MAX = 5;
/** Differences: not an error of verifying, but what it is for. */
export const DIFFERENCES: ReadonlySet<FindingKind> = new Set(['mismatch', 'newer_on_target']);

/** @param accepted findings that are no error here. @returns undefined where there is nothing to say. */
export function errorOf(
  { name, from, to, sync }: DataSetSpec,
  { tally, removal, findings, findingCounts }: CopyResult,
  accepted: ReadonlySet<FindingKind> = new Set(),
): MigrationError | undefined {
  // Nothing to copy is far more often a typing error in the spec than a data set without data.
  if (tally.objects === 0) return new MigrationError('NotFound', `data set ${name}: no object below ${from}/`);
  if (removal?.refused !== undefined)
    return new MigrationError(
      'DeletesRefused',
      `data set ${name}: ${removal.wanted} of ${tally.targetObjects} objects in ${to} are no longer in ${from}; maxDeletePercent is ${sync?.maxDeletePercent ?? 0}, so nothing was deleted (${removal.refused})`,
    );
  const found = CODES.find(([kind]) => (findingCounts[kind] ?? 0) > 0 && !accepted.has(kind));
  if (found === undefined) return undefined;
  const [kind, code] = found;
  const named = findings.filter((finding) => finding.kind === kind).slice(0, NAMED_MAX);
  const hint = kind === 'newer_on_target' ? ' (`overwrite: true` in the data set writes over it)' : '';
  return new MigrationError(
    code,
    `data set ${name}: ${findingCounts[kind]} of ${tally.objects} objects: ${named.map(describeFinding).join('; ')}${hint}`,
  );
}

/** With both values, where there are two. */
export function describeFinding({ key, detail, source, target }: Finding): string {
  if (source === undefined || target === undefined) return detail.includes(key) ? detail : `${key}: ${detail}`;
  return `${key}: ${detail} (source ${source}, target ${target})`;
}

/** What a verification found to differ. */
export function differencesIn({ findings, findingCounts }: CopyResult): { count: number; named: Finding[] } {
  const named = findings.filter((finding) => spoilsProof(finding) && DIFFERENCES.has(finding.kind));
  return { count: (findingCounts.mismatch ?? 0) + (findingCounts.newer_on_target ?? 0), named };
}
