import { MigrationError } from '../../src/domain/errors';
import type { FakeVariants } from '../support/fakes';
import { AtOnce } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A migration whose copies are made by the endpoint itself: the target is its shadow variant first. */

const WITHIN_MS = 120_000;

type Json = Record<string, unknown>;

interface Play {
  readonly migration: Migration;
  readonly variants: FakeVariants;
  readonly own: string;
  /** Of the endpoint's production variants. */
  readonly shares: () => unknown;
}

let theatre: Theatre;
const plays = new AtOnce<Json>();

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin(PLAYS, 10);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

function play(workload: string, changes: Json = {}): Play {
  const migration = Migration.shadowed(theatre, workload, changes);
  const { route, variants } = migration.endpoint;
  return { migration, variants, own: variants.configName, shares: () => route.shares.newest() };
}

async function atGate(workload: string, changes: Json = {}): Promise<Play> {
  const played = play(workload, changes);
  await (await played.migration.start()).untilGate('production-variant');
  return played;
}

/** What must be left of an endpoint after any rollback. */
function endOf({ variants, own, shares, migration }: Play): Json {
  return {
    isOwn: variants.configName === own,
    shares: shares(),
    shadow: variants.shadowWeight.newest(),
    captureTo: variants.captureTo,
    configs: [...migration.world.endpointConfigs.keys()],
  };
}

async function afterRollback({ migration }: Play): Promise<void> {
  await migration.untilRolledBack();
  await migration.until('latched', ({ step }) => step.startsWith('traffic is on the source'));
}

const PLAYS: Record<string, () => Promise<Json>> = {
  whole: async () => {
    const played = await atGate('sv');
    const { migration, variants } = played;
    const before = { shadow: variants.shadowWeight.newest(), config: variants.configName, shares: played.shares() };
    const status = await migration.status();
    await migration.send('approve');
    const { outcome } = await migration.result();
    return { before, status, outcome, end: endOf(played), records: await migration.records() };
  },
  'a mismatch': async () => {
    const played = play('sv-wrong', { shadow: { firstHold: '1h' } });
    const { migration } = played;
    await migration.start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    migration.world.setTraffic('sv-wrong', { mismatchRate: 0.5 });
    await afterRollback(played);
    const end = endOf(played);
    migration.world.setTraffic('sv-wrong', { mismatchRate: 0 });
    await migration.send('retry');
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    const again = { shadow: played.variants.shadowWeight.newest(), config: played.variants.configName };
    await migration.send('abandon');
    const { outcome } = await migration.result();
    return { end, again, outcome, abandoned: endOf(played), records: await migration.records() };
  },
  'a rollback at the gate': async () => {
    const played = await atGate('sv-gate');
    await played.migration.send('reject');
    await afterRollback(played);
    return { end: endOf(played) };
  },
  'a rollback at half': async () => {
    const played = await atGate('sv-half', {
      cutover: { weights: [50, 100], stabilization: '1h', approvals: { beforeFirst: false } },
    });
    await played.migration.send('approve');
    await played.migration.untilAtWeight(50);
    const before = { shadow: played.variants.shadowWeight.newest(), captureTo: played.variants.captureTo };
    await played.migration.send('rollback');
    await afterRollback(played);
    const end = endOf(played);
    await played.migration.send('retry');
    await played.migration.untilGate('production-variant');
    return { before, end, again: played.variants.configName };
  },
  'an emergency': async () => {
    const played = play('sv-gone', { shadow: { firstHold: '1h' } });
    const { migration } = played;
    await migration.start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    await migration.handle.terminate('wedged');
    await migration.emergency();
    return { shares: played.shares(), last: (await migration.records()).at(-1)?.text };
  },
  'a cancellation': async () => {
    const played = play('sv-off', { shadow: { firstHold: '1h' } });
    const { migration } = played;
    await migration.start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    await migration.handle.cancel();
    await migration.result().catch(() => undefined);
    return { end: endOf(played) };
  },
  refused: async () => {
    const played = play('sv-no');
    const { migration } = played;
    migration.world.shadowRefusal =
      'AWS rejected sagemaker:CreateEndpointConfig (Multi-model endpoints are not supported)';
    await migration.start();
    const { blocked } = await migration.untilBlocked();
    await migration.send('abandon');
    await migration.result();
    return { blocked, end: endOf(played) };
  },
  'a third hand': async () => {
    const played = play('sv-hand', { shadow: { firstHold: '1h' } });
    const { migration, variants } = played;
    await migration.start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    variants.shadowWeight.set(Date.now(), 1);
    const { verdict } = await migration.until('blind', (status) => status.verdict?.kind === 'blind');
    return { verdict };
  },
  'no lines': async () => {
    const played = play('sv-mute', { guardrails: { extendMax: 1 } });
    const { migration } = played;
    migration.world.captureShare = 0;
    await migration.start();
    const { gate, verdict } = await migration.untilGate('evidence-shadow-50');
    return { gate, verdict };
  },
  'an update that fails': async () => {
    const played = await atGate('sv-sick');
    const { migration, variants } = played;
    variants.silentReturnCount = 3;
    await migration.send('approve');
    const { blocked } = await migration.untilBlocked();
    await migration.send('rollback', { ...SAY });
    await afterRollback(played);
    return { blocked, end: endOf(played) };
  },
  'a way back that is refused': async () => {
    const played = await atGate('sv-stuck');
    const { migration } = played;
    const mend = migration.world.faults.failEvery(
      'hosting.updateEndpoint',
      new MigrationError('AwsDenied', 'not allowed'),
    );
    await migration.send('rollback');
    const { blocked } = await migration.untilBlocked();
    mend();
    await migration.send('retry');
    await afterRollback(played);
    return { blocked, end: endOf(played) };
  },
};

const LEFT = (workload: string): Json => ({
  isOwn: true,
  shares: [{ backend: 'primary', weight: expect.any(Number) as number }],
  shadow: undefined,
  captureTo: undefined,
  configs: expect.arrayContaining([`${workload}-live-config`]) as string[],
});

test(
  'shadow variant: copies first, then a gate, then weights, and the target is all that stays',
  async () => {
    const { before, outcome, end, records, status } = await plays.of('whole');
    expect(before).toEqual({
      shadow: 0,
      config: 'crossfade-sv-shadow',
      shares: [{ backend: 'primary', weight: 1 }],
    });
    expect(status).toMatchObject({
      phase: 'cutover',
      gate: { question: expect.stringContaining('Update sv-live to two production variants') as string },
    });
    expect(outcome).toBe('completed');
    expect(end).toMatchObject({
      shares: [{ backend: 'crossfade', weight: 100 }],
      shadow: undefined,
      captureTo: undefined,
      configs: ['sv-live-config', 'crossfade-sv-alone'],
    });
    const evidence = (records as { kind: string; phase: string; windows?: { shadow?: Json }[] }[]).filter(
      ({ kind, phase }) => kind === 'evidence' && phase === 'shadow',
    );
    expect(evidence[0]?.windows?.[0]?.shadow).toMatchObject({
      received: expect.any(Number),
      answered: expect.any(Number),
    });
  },
  WITHIN_MS,
);

test(
  'shadow variant: answers that differ end the copies, and the endpoint is as it was; retry copies again',
  async () => {
    const { end, again, outcome, abandoned, records } = await plays.of('a mismatch');
    expect(end).toEqual(LEFT('sv-wrong'));
    expect(again).toEqual({ shadow: 0.5, config: 'crossfade-sv-wrong-shadow' });
    expect(outcome).toBe('abandoned');
    expect(abandoned).toMatchObject({ ...LEFT('sv-wrong'), configs: ['sv-wrong-live-config'] });
    expect(JSON.stringify(records)).toContain('source 0.5, target 0.6');
    expect((records as { kind: string }[]).filter(({ kind }) => kind === 'endpoint_left')).toHaveLength(1);
  },
  WITHIN_MS,
);

test.each([
  ['a rollback at the gate', 'sv-gate'],
  ['a cancellation', 'sv-off'],
])(
  'shadow variant: after %s the endpoint serves its own configuration, with the source alone',
  async (title, name) => {
    expect((await plays.of(title))['end']).toEqual(LEFT(name));
  },
  WITHIN_MS,
);

test(
  'shadow variant: an emergency rollback says that copies go on, which only an update of the endpoint ends',
  async () => {
    const { shares, last } = await plays.of('an emergency');
    expect(shares).toEqual([{ backend: 'primary', weight: 100 }]);
    expect(last).toMatch(/traffic is on the source .*; crossfade-shadow still gets copies, which no user waits for$/);
  },
  WITHIN_MS,
);

test(
  'shadow variant: a rollback from half of the traffic ends on the own configuration, and retry begins with copies',
  async () => {
    const { before, end, again } = await plays.of('a rollback at half');
    expect(before).toEqual({ shadow: undefined, captureTo: undefined });
    expect(end).toEqual(LEFT('sv-half'));
    expect(again).toBe('crossfade-sv-half-shadow');
  },
  WITHIN_MS,
);

test(
  'shadow variant: a refusal is told in the words of AWS, and nothing is changed',
  async () => {
    const { blocked, end } = await plays.of('refused');
    expect(blocked).toMatchObject({
      step: 'shadow-config crossfade-sv-no-shadow',
      code: 'AwsRejected',
      message: expect.stringContaining('Multi-model endpoints are not supported') as string,
    });
    expect(end).toMatchObject({ ...LEFT('sv-no'), configs: ['sv-no-live-config'] });
  },
  WITHIN_MS,
);

test(
  'shadow variant: more copies than were ordered are no evidence, and are told',
  async () => {
    const { verdict } = await plays.of('a third hand');
    expect(verdict).toMatchObject({ reason: expect.stringContaining('more than 50 % of the requests') as string });
  },
  WITHIN_MS,
);

test(
  'shadow variant: answers that nobody captured are not passed over',
  async () => {
    const { verdict } = await plays.of('no lines');
    expect(verdict).toMatchObject({ kind: 'insufficient' });
  },
  WITHIN_MS,
);

test(
  'shadow variant: an update that SageMaker does not do blocks, and a rollback leads back',
  async () => {
    const { blocked, end } = await plays.of('an update that fails');
    expect(blocked).toMatchObject({
      step: 'join-endpoint crossfade-sv-sick',
      code: 'EndpointFailed',
      message: expect.stringContaining('went back to crossfade-sv-sick-shadow') as string,
    });
    expect(end).toEqual(LEFT('sv-sick'));
  },
  WITHIN_MS,
);

test(
  'shadow variant: a way back that is refused is seen, and tried again when a person says so',
  async () => {
    const { blocked, end } = await plays.of('a way back that is refused');
    expect(blocked).toMatchObject({ step: 'bring sv-stuck-live back to sv-stuck-live-config', code: 'AwsDenied' });
    expect(end).toEqual(LEFT('sv-stuck'));
  },
  WITHIN_MS,
);
