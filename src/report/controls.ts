/** The compliance edition: what an auditor asks for, and the records that show it. Nothing is claimed that no record says. */
import type { Plan } from '../domain/plan';
import { formatDuration } from '../domain/quantity';
import type { EntryKind, LedgerRecord } from '../domain/record';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Control, GateSpan, MissingRecords, Report } from './report';

const SEQS_MAX = 50;

export function controlsOf(report: Report, records: readonly LedgerRecord[]): Control[] {
  return [
    ...encryptionControls(records),
    ...accessControls(records),
    ...approvalControls(report, records),
    ...retentionControls(report, records),
    ...integrityControls(report, records),
  ];
}

/** A rollback, or a forecast that came true, is nobody's answer. */
const BY_A_PERSON: readonly GateSpan['answer'][] = ['approved', 'rejected', 'extended'];

const seqsOf = (records: readonly LedgerRecord[]): number[] => records.slice(0, SEQS_MAX).map(({ seq }) => seq);
const ofKind = (records: readonly LedgerRecord[], ...kinds: EntryKind[]): LedgerRecord[] =>
  records.filter(({ kind }) => kinds.includes(kind));

/** The plan stands in the first record. undefined: that record is not there, or of a version without one. */
function planIn(records: readonly LedgerRecord[]): { readonly plan: Partial<Plan>; readonly seq: number } | undefined {
  const started = records.find(({ kind }) => kind === 'started');
  const plan = started?.values?.['plan'];
  return started === undefined || typeof plan !== 'object' || plan === null ? undefined : { plan, seq: started.seq };
}

function encryptionControls(records: readonly LedgerRecord[]): Control[] {
  const requirement = 'Data at rest in the target is encrypted';
  const planned = planIn(records);
  const steps = planned?.plan.environment ?? [];
  const dataSets = steps.flatMap((step) => (step.kind === 'bucket' ? [step.dataSet] : []));
  if (planned === undefined || dataSets.length === 0) {
    const finding =
      planned === undefined ? 'the record with the plan is not there' : 'the plan moves no data into buckets';
    return [{ area: 'encryption', requirement, state: 'not_shown', finding, evidence: seqsOf(records.slice(0, 1)) }];
  }
  return dataSets.map(({ name, to, kmsKeyId }) => ({
    area: 'encryption' as const,
    requirement,
    state: 'shown' as const,
    finding:
      kmsKeyId === undefined
        ? `${name}: planned into ${to} with S3's own keys (SSE-S3) and access over TLS only`
        : `${name}: planned into ${to} with the KMS key ${kmsKeyId} and access over TLS only`,
    evidence: [planned.seq],
  }));
}

function accessControls(records: readonly LedgerRecord[]): Control[] {
  const byPeople = records.filter(({ actor }) => actor.requestedBy !== DECIDED_BY_POLICY);
  const names = [...new Set(byPeople.map(({ actor }) => actor.requestedBy))];
  const unnamed = byPeople.filter(({ actor }) => actor.requestedBy === 'unknown' || actor.reason === 'unknown');
  const refused = ofKind(records, 'unknown_message');
  return [
    {
      area: 'access',
      requirement: 'Every act of a person names the person and the reason',
      state: unnamed.length > 0 ? 'exception' : 'shown',
      finding:
        unnamed.length > 0
          ? `${unnamed.length} of ${byPeople.length} acts lack a name or a reason`
          : `${byPeople.length} acts by ${names.length === 0 ? 'nobody' : names.join(', ')}, each with a reason`,
      evidence: seqsOf(unnamed.length > 0 ? unnamed : byPeople),
    },
    {
      area: 'access',
      requirement: 'What was asked for and not allowed had no effect and is on record',
      state: 'shown',
      finding:
        refused.length === 0 ? 'nothing was refused' : `${refused.length} messages were refused or not understood`,
      evidence: seqsOf(refused),
    },
  ];
}

function approvalControls({ gates }: Report, records: readonly LedgerRecord[]): Control[] {
  const planned = planIn(records);
  const starter = records.find(({ kind }) => kind === 'started')?.actor.requestedBy;
  const approved = gates.filter(({ answer }) => answer === 'approved');
  const own = approved.filter(({ actor }) => actor?.requestedBy === starter);
  const names = planned?.plan.gates ?? [];
  const open = names.filter((name) => !gates.some((gate) => gate.name === name && BY_A_PERSON.includes(gate.answer)));
  const answers = gates.flatMap(({ openedSeq, answeredSeq }) => [
    openedSeq,
    ...(answeredSeq === null ? [] : [answeredSeq]),
  ]);
  return [
    {
      area: 'approvals',
      requirement: 'Every planned gate was answered by a person',
      state: names.length === 0 ? 'not_shown' : open.length > 0 ? 'exception' : 'shown',
      finding:
        names.length === 0
          ? 'the plan has no gates, or is not on record'
          : open.length > 0
            ? `not answered: ${open.join(', ')}`
            : `${names.length} of ${names.length}: ${names.join(', ')}`,
      evidence: answers.slice(0, SEQS_MAX),
    },
    {
      area: 'approvals',
      requirement: 'Approvals come from somebody other than who started the migration',
      state: approved.length === 0 ? 'not_shown' : own.length > 0 ? 'exception' : 'shown',
      finding:
        approved.length === 0
          ? 'nothing was approved'
          : own.length > 0
            ? `${starter ?? 'unknown'} started it and approved ${own.map(({ name }) => name).join(', ')}`
            : `started by ${starter ?? 'unknown'}, approved by ${[...new Set(approved.map(({ actor }) => actor?.requestedBy))].join(', ')}`,
      evidence: (own.length > 0 ? own : approved).flatMap(({ answeredSeq }) => answeredSeq ?? []),
    },
  ];
}

function retentionControls({ steps }: Report, records: readonly LedgerRecord[]): Control[] {
  const ends = ofKind(records, 'point_of_no_return');
  const gone = ofKind(records, 'terminated');
  const allMs = records.find(({ kind, weights }) => kind === 'shift_confirmed' && weights?.target === 100)?.at;
  const endMs = ends[0]?.at;
  const watched = steps.filter(({ targetPercent }) => targetPercent === 100);
  return [
    {
      area: 'retention',
      requirement: 'The source stayed available for a way back after all traffic had left it',
      state: endMs === undefined || allMs === undefined ? 'not_shown' : 'shown',
      finding:
        endMs === undefined || allMs === undefined
          ? 'the source was not terminated: it still stands, or the ledger ends before'
          : `${formatDuration(endMs - allMs)} from the last weight to the point of no return, watched over ${watched.reduce((sum, { windowCount }) => sum + windowCount, 0)} windows`,
      evidence: seqsOf(ends),
    },
    {
      area: 'retention',
      requirement: 'Only what the spec names as its own was terminated, after proof that it received no traffic',
      state: gone.length === 0 ? 'not_shown' : 'shown',
      finding: gone.length === 0 ? 'nothing was terminated' : gone.map(({ text }) => text).join('; '),
      evidence: seqsOf([...ends, ...gone]),
    },
  ];
}

function integrityControls(
  { trouble, lost, missing, data, recordCount }: Report,
  records: readonly LedgerRecord[],
): Control[] {
  const policies = [...new Set(records.map(({ policyHash }) => policyHash))];
  const [first, last] = [records[0], records.at(-1)];
  const ends = [...new Set([first?.seq, last?.seq])].flatMap((seq) => seq ?? []);
  return [
    {
      area: 'integrity',
      requirement: 'No record was changed, removed or put in between',
      state: trouble.length > 0 ? 'exception' : 'shown',
      finding: trouble.length > 0 ? trouble.join('; ') : `${recordCount} records, each with the hash of the one before`,
      evidence: ends,
    },
    {
      area: 'integrity',
      requirement: 'The policy did not change while it was applied',
      state: policies.length > 1 ? 'exception' : 'shown',
      finding: policies.length > 1 ? `${policies.length} policies` : `policy ${policies[0] ?? 'unknown'}`,
      evidence: ends,
    },
    {
      area: 'integrity',
      requirement: 'Evidence is on record for all of the time that was judged',
      state: lost.length > 0 ? 'exception' : missing.length > 0 ? 'not_shown' : 'shown',
      finding:
        lost.length + missing.length > 0
          ? [...lost.map(({ cause }) => cause), ...missing.map(missingText)].join('; ')
          : 'no record says that windows were lost',
      evidence: lost.map(({ seq }) => seq),
    },
    {
      area: 'integrity',
      requirement: 'Data in the target equals the data in the source',
      state: data.length === 0 ? 'not_shown' : 'shown',
      finding:
        data.length === 0
          ? 'no data was verified'
          : data
              .map(({ dataSet, objectCount, root }) => `${dataSet}: ${objectCount} objects, root ${root ?? 'unknown'}`)
              .join('; '),
      evidence: data.map(({ seq }) => seq),
    },
  ];
}

function missingText({ fromSeq, toSeq }: MissingRecords): string {
  const which = fromSeq === toSeq ? `record ${fromSeq} is` : `records ${fromSeq} to ${toSeq} are`;
  return `${which} missing, and whether evidence was there is not known`;
}
