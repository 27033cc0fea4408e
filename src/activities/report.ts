import type { LedgerTarget, ReportActivities } from '../contracts/activities';
import { EMPTY_LEDGER } from '../domain/record';
import type { LedgerHead, LedgerRecord } from '../domain/record';
import type { OpenLedger } from '../ports/ledger';
import { htmlReport, makeReport } from '../report';
import { readWhatIsLeft, verifyChain } from './ledger-chain';

/** Hashing weeks at once would keep another migration's rollback waiting. */
const CHECKED_AT_ONCE = 20;

/**
 * Relative to the ledger's own place: `ranker.report/<run>.html`. Not below the records, whose readers take everything
 * there for one; a workload's name holds no dot, so no other workload's records are there either.
 */
export function reportKey({ workload, run }: Pick<LedgerTarget, 'workload' | 'run'>): string {
  return `${workload}.report/${run}.html`;
}

export function createReportActivities({ openLedger }: { openLedger: OpenLedger }): ReportActivities {
  return {
    async writeReport({ target, head }) {
      const store = openLedger(target.url);
      const { records, unreadable } = await readWhatIsLeft(store, target.workload, target.run);
      const trouble = [...unreadable, ...(await verifyInTurns(records, target, head))];
      const key = reportKey(target);
      // What is there already is an earlier attempt's, made from the same records.
      await store.putIfAbsent(
        key,
        htmlReport(makeReport(records, { trouble, isCompliance: true })),
        'text/html; charset=utf-8',
      );
      return { url: `${target.url.replace(/\/+$/, '')}/${key}` };
    },
  };
}

async function verifyInTurns(
  records: readonly LedgerRecord[],
  { workload, run }: LedgerTarget,
  head: LedgerHead,
): Promise<string[]> {
  const problems: string[] = [];
  let after = EMPTY_LEDGER;
  for (let from = 0; from < records.length; from += CHECKED_AT_ONCE) {
    const chunk = records.slice(from, from + CHECKED_AT_ONCE);
    const isLast = from + CHECKED_AT_ONCE >= records.length;
    problems.push(...verifyChain(chunk, { workload, run, after, ...(isLast ? { head } : {}) }));
    after = chunk.at(-1) ?? after;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return problems;
}
