import { verifyChain } from '../../src/activities/ledger-chain';
import { Migration } from '../support/temporal/migration';
import { CHECK_EVERY, SkippedTime } from '../support/temporal/skipped-time';

/*
 * The playbook's true durations, on a server that skips time; `npm run test:full` brings it. Where it could not be had
 * this is reported as skipped.
 */

const program = process.env['CROSSFADE_SKIPPING_SERVER'] ?? '';
const whereTimeSkips = program === '' ? test.skip : test;

const HOUR_MS = 3_600_000;
/** Half a million windows are judged on the way, beside other tests. */
const WITHIN_MS = 600_000;

whereTimeSkips(
  'the playbook: its holds take their days, and every one of them ends with evidence',
  async () => {
    const { theatre, time } = await SkippedTime.open(program);
    try {
      const migration = Migration.of(theatre, 'playbook', {}, time.world);
      await migration.start(withDefaults(migration));
      // Time is skipped while somebody waits for this.
      const { outcome } = await migration.result();
      const records = await migration.records();
      const at = (text: string): number => records.find((record) => record.text.startsWith(text))?.at ?? Number.NaN;
      const hoursBetween = (from: string, to: string): number => Math.round((at(to) - at(from)) / HOUR_MS);

      expect(outcome).toBe('completed');
      expect(verifyChain(records)).toEqual([]);
      expect(hoursBetween('copying 5 %', 'copying 15 %')).toBe(48);
      expect(hoursBetween('copying 15 %', 'copying 25 %')).toBe(24);
      expect(hoursBetween('phase shadow begins', 'phase shadow is finished')).toBe(48 + 5 * 24);
      expect(hoursBetween('weights 90/10 read back', 'weights 75/25 read back')).toBe(24);
      expect(hoursBetween('phase cutover begins', 'phase cutover is finished')).toBe(5 * 24);
      expect(hoursBetween('phase decommission begins', 'standby: time is over')).toBe((3 + 7) * 24);
      expect(records.filter(({ kind }) => kind === 'extended')).toEqual([]);
    } finally {
      await theatre.close();
    }
  },
  WITHIN_MS,
);

/** Nothing about time, so that the defaults hold; no gates, at which time would pass that nobody waits for. */
function withDefaults({ document, place }: Migration): Record<string, unknown> {
  const { baseline: _baseline, guardrails: _guardrails, ...rest } = document;
  return {
    ...rest,
    source: { ...(rest['source'] as object), metrics: { kind: 'cloudwatch' } },
    shadow: { tap: place.tap },
    cutover: { approvals: { beforeFirst: false } },
    decommission: { approval: 'not_required' },
    checkEvery: CHECK_EVERY,
  };
}
