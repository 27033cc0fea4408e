import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Guardrails on what the workload measures itself, and on what it costs. */

const WITHIN_MS = 120_000;

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

const QUERY = {
  name: 'gpu',
  namespace: 'Models',
  metricName: 'GpuUtilization',
  dimensions: { Fleet: 'source' },
  targetDimensions: { Fleet: 'target' },
  stat: 'Average',
};

function measured(workload: string, targetGpu: number): Migration {
  const migration = Migration.of(theatre, workload, {
    source: { metrics: { queries: [QUERY] } },
    guardrails: { metrics: [{ query: 'gpu', better: 'lower', ratioDetect: 2 }] },
    cutover: { weights: [50, 100], stabilization: '30s' },
  });
  migration.world.setTraffic(workload, {
    requestsPerSecond: 400,
    sourceMetrics: { gpu: 40 },
    targetMetrics: { gpu: targetGpu },
  });
  return migration;
}

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  busy: async () => {
    const migration = await measured('busy', 70).start();
    return { status: await migration.untilRolledBack() };
  },
  alike: async () => {
    const migration = await measured('alike', 42).start();
    const status = await migration.until(
      'a pass',
      ({ verdict, wanted }) => wanted.target === 50 && verdict?.kind === 'pass',
    );
    await migration.send('rollback');
    await migration.untilRolledBack();
    return { status };
  },
  dear: async () => {
    const cost = { source: { perHour: 1 }, target: { perInstanceHour: 1 }, ratioMax: 1 };
    const migration = await Migration.of(theatre, 'dear', { guardrails: { cost } }).start();
    const asked = await migration.untilGate('evidence-shadow-50');
    await migration.send('approve', { gate: 'evidence-shadow-50', ...SAY });
    const again = await migration.untilGate('evidence-cutover-50');
    const records = await migration.records();
    await migration.send('abandon');
    await migration.result();
    return { asked, again, records };
  },
};

test(
  "a guardrail on the workload's own metric: a target that is worse is rolled back for it",
  async () => {
    const { status } = await plays.of('busy');

    expect(status).toMatchObject({
      wanted: { target: 0 },
      rollback: {
        by: 'crossfade',
        reason: expect.stringMatching(/^gpu of the target is 1.75 × as bad as the source now/),
      },
    });
  },
  WITHIN_MS,
);

test(
  "a guardrail on the workload's own metric: a target within the limit passes",
  async () => {
    const { status } = await plays.of('alike');

    expect(status).toMatchObject({
      verdict: { results: expect.arrayContaining([expect.objectContaining({ guardrail: 'metric', kind: 'pass' })]) },
    });
  },
  WITHIN_MS,
);

test(
  'a cost above the limit: a person is asked at once, nothing is extended and nothing rolled back',
  async () => {
    const { asked, again, records } = await plays.of('dear');

    expect(asked).toMatchObject({
      phase: 'shadow',
      verdict: { kind: 'insufficient', reason: expect.stringMatching(/^cost: with all of the traffic on 2 instances/) },
    });
    expect(again).toMatchObject({ phase: 'cutover', wanted: { target: 50 } });
    expect((records as { kind: string }[]).filter(({ kind }) => kind === 'extended' || kind === 'rolled_back')).toEqual(
      [],
    );
  },
  WITHIN_MS,
);
