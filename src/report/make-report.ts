import { addAccounts, EMPTY_ACCOUNT, unaccountedCount } from '../domain/evidence';
import type { Baseline } from '../domain/evidence';
import type { LedgerRecord } from '../domain/record';
import { controlsOf } from './controls';
import { decisionsOf, gatesOf, outcomeOf, phasesOf, routineOf, weightChangesOf } from './course';
import type { DataFacts, LostEvidence, MissingRecords, Report, ShadowFacts } from './report';
import { seriesOf } from './series';
import { stepsOf } from './steps';

export interface ReportOptions {
  /** What is wrong with the chain, one sentence each. */
  readonly trouble: readonly string[];
  readonly isCompliance: boolean;
}

/** @param records of one run, in the order of their numbers, at least one; some may be missing. */
export function makeReport(records: readonly LedgerRecord[], { trouble, isCompliance }: ReportOptions): Report {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a report needs a record');
  const report: Report = {
    workload: first.workload,
    run: first.run,
    policyHash: first.policyHash,
    outcome: outcomeOf(records),
    recordCount: records.length,
    fromMs: records.reduce<number>((least, { at }) => Math.min(least, at), first.at),
    toMs: records.reduce<number>((most, { at }) => Math.max(most, at), last.at),
    trouble,
    missing: missingOf(records),
    lost: records.flatMap(lostIn),
    phases: phasesOf(records),
    gates: gatesOf(records),
    decisions: decisionsOf(records),
    routine: routineOf(records),
    baseline: baselineOf(records),
    steps: stepsOf(records),
    data: records.filter(({ kind }) => kind === 'data_verified').map(dataFacts),
    shadow: shadowOf(records),
    weights: weightChangesOf(records),
    series: seriesOf(records),
  };
  return isCompliance ? { ...report, controls: controlsOf(report, records) } : report;
}

function missingOf(records: readonly LedgerRecord[]): MissingRecords[] {
  return records.flatMap(({ seq, at, windows }, index) => {
    const before = records[index - 1];
    const expectedSeq = (before?.seq ?? 0) + 1;
    return seq > expectedSeq
      ? [{ fromSeq: expectedSeq, toSeq: seq - 1, fromMs: before?.at ?? at, toMs: windows?.[0]?.startMs ?? at }]
      : [];
  });
}

function lostIn({ seq, values }: LedgerRecord): LostEvidence[] {
  const lost = values?.['lost'];
  if (!Array.isArray(lost)) return [];
  return (lost as Omit<LostEvidence, 'seq'>[]).map(({ fromMs, toMs, cause }) => ({ seq, fromMs, toMs, cause }));
}

function baselineOf(records: readonly LedgerRecord[]): Baseline | null {
  const found = records.findLast(({ kind, values }) => kind === 'baseline' && values?.['baseline'] !== undefined);
  return (found?.values?.['baseline'] as Baseline | undefined) ?? null;
}

function dataFacts({ seq, at, text, values }: LedgerRecord): DataFacts {
  const number = (name: string): number => (typeof values?.[name] === 'number' ? values[name] : 0);
  const root = values?.['manifestHash'];
  return {
    seq,
    atMs: at,
    // The name stands before the colon; data sets have names without one.
    dataSet: text.split(':')[0] ?? '',
    objectCount: number('objectCount'),
    byteCount: number('byteCount'),
    root: typeof root === 'string' ? root : null,
    text,
  };
}

function shadowOf(records: readonly LedgerRecord[]): ShadowFacts | null {
  const accounts = records.flatMap(({ windows }) => (windows ?? []).flatMap(({ shadow }) => shadow ?? []));
  if (accounts.length === 0) return null;
  const account = accounts.reduce(addAccounts, EMPTY_ACCOUNT);
  const { received, mirrored, dropped, timedOut, skipped, compared, mismatched } = account;
  const unaccounted = unaccountedCount(account);
  return { received, mirrored, dropped, timedOut, skipped, compared, mismatched, unaccounted };
}
