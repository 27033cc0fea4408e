import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Listing } from './account';
import { listenersOf } from './listeners';
import { REFUSALS } from './refusals';
import { Stage } from './stage';
import type { Refusal } from './subject';
import { deniedStory, editedStory, flakyStory, spoiltStory } from './trouble-stories';

/*
 * Bad input and trouble, with everything real: what is refused leaves nothing behind, what is denied waits for a person,
 * what is lost on the way is not done twice, what is abandoned leaves a clean slate. Several workloads in one lab.
 */

jest.setTimeout(120_000);

const RATE_PER_SECOND = 40;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.up();
});

afterAll(() => stage?.down());

/** Starts all stories at once; each test awaits its own, and one that fails does not end the process before its test. */
function begin<T extends Record<string, (stage: Stage) => Promise<unknown>>>(
  stories: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const begun = Object.entries(stories).map(([name, tell]) => {
    const story = tell(stage);
    story.catch(() => undefined);
    return [name, story];
  });
  return Object.fromEntries(begun) as { [K in keyof T]: ReturnType<T[K]> };
}

describe('refused before anything is made', () => {
  const refusals = new Map<string, Refusal>();
  let before: Listing;
  let after: Listing;

  beforeAll(async () => {
    for (const { prepare } of REFUSALS) await prepare?.(stage);
    before = await stage.account.listing();
    await Promise.all(
      REFUSALS.map(async ({ name, spoil }) => {
        const spec = { ...structuredClone(stage.quickSpec('ranker')), workload: name };
        spoil(spec);
        refusals.set(name, await stage.subject(name).refusal(spec));
      }),
    );
    after = await stage.account.listing();
  });

  test.each(REFUSALS)('refused $type: $name ends the run with one error that names it', ({ name, type, names }) => {
    expect(refusals.get(name)).toMatchObject({ type, closedAs: 'FAILED' });
    expect(refusals.get(name)?.message).toContain(names);
  });

  test('refused: nothing was created, changed or removed, not even what bears our name and is not ours', () => {
    expect(after).toEqual(before);
  });
});

describe('in trouble on the way', () => {
  type Stories = typeof STORIES;
  const STORIES = { denied: deniedStory, spoilt: spoiltStory, edited: editedStory, flaky: flakyStory };
  let story: { [K in keyof Stories]: ReturnType<Stories[K]> };

  beforeAll(async () => {
    for (const name of Object.keys(STORIES)) await stage.lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND });
    story = begin(STORIES);
  });

  afterAll(() => Promise.allSettled(Object.values(story ?? {})));

  test('a denied call: the migration is blocked, with the action and the resource named', async () => {
    const { blocked } = await story.denied;

    expect(blocked).toMatchObject({ step: 'launch-template crossfade-denied', code: 'AwsDenied' });
    expect(blocked?.message).toContain('not allowed to ec2:CreateLaunchTemplate on crossfade-denied');
  });

  test('a second start of the same workload: is told which run is there', async () => {
    const { secondStart, runId } = await story.denied;

    expect(secondStart).toMatchObject({ exitCode: 1 });
    expect(secondStart.stderr).toContain('MigrationRunning: migration/denied is already running');
    expect(secondStart.stderr).toMatch(/run [0-9a-f-]{36}/);
    expect(runId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('two workloads on one rule: the second is refused and told who holds it', async () => {
    const { sameRule } = await story.denied;

    expect(sameRule).toMatchObject({ type: 'ClaimHeld', closedAs: 'FAILED' });
    expect(sameRule.message).toContain(
      `${stage.workload('denied').ruleArn} is held by workload denied (migration/denied)`,
    );
  });

  test('two workloads on one target group: the second is refused and told who holds it', async () => {
    const { sameGroup } = await story.denied;

    expect(sameGroup).toMatchObject({ type: 'ClaimHeld', closedAs: 'FAILED' });
    expect(sameGroup.message).toContain(`${stage.workload('denied').sourceTargetGroupArn} is held by workload denied`);
  });

  test('abandon in shadow after a retried denial: the account is as it was', async () => {
    const { outcome, cleanSlate } = await story.denied;

    expect(outcome).toBe('abandoned');
    await cleanSlate();
  });

  test('wrong answers to smoke requests: blocked before any copy or user reaches the target', async () => {
    const { blocked } = await story.spoilt;

    expect(blocked).toMatchObject({ code: 'OutputsDiffer' });
    expect(await stage.lab.trafficTotals('spoilt')).toMatchObject({ toTarget: 0, failed: 0, lastFailures: [] });
  });

  test('abandon after the environment is built: the account is as it was', async () => {
    const { built, outcome, cleanSlate } = await story.spoilt;

    expect(built).toEqual(
      expect.arrayContaining([
        expect.stringContaining('target group crossfade-spoilt'),
        expect.stringContaining('launch template crossfade-spoilt'),
        expect.stringContaining('Auto Scaling group crossfade-spoilt'),
        expect.stringContaining('bucket spoilt-data-target'),
      ]),
    );
    expect(outcome).toBe('abandoned');
    await cleanSlate();
  });

  test('weights edited by a third hand: the split is seen and all traffic goes back to the source', async () => {
    const { rolledBack, shares } = await story.edited;

    expect(rolledBack.rollback).toMatchObject({
      by: 'crossfade',
      reason: expect.stringContaining('too much reaches the target') as string,
    });
    expect(shares).toEqual([
      expect.stringMatching(/edited-source.*=100$/),
      expect.stringMatching(/crossfade-edited.*=0$/),
    ]);
  });

  test('abandon after a rollback: the account is as it was, with no tag of ours and the capacity of the source thawed', async () => {
    const { outcome, cleanSlate } = await story.edited;

    expect(outcome).toBe('abandoned');
    await cleanSlate();
  });

  test('throttled, failing-after-effect and cut replies: nothing is there twice', async () => {
    const { listing, instanceCount } = await story.flaky;

    expect(listing.filter((line) => line.startsWith('target group'))).toHaveLength(1);
    expect(listing.filter((line) => line.startsWith('launch template'))).toHaveLength(1);
    expect(listing.filter((line) => line.startsWith('Auto Scaling group'))).toEqual([
      expect.stringContaining(' 2/2/4, 2 instances'),
    ]);
    expect(instanceCount).toBe(2);
  });

  test('lost replies of weight writes: nobody had to help, and the weights are the last ones wanted', async () => {
    const { tooLate, shares } = await story.flaky;

    expect(tooLate.blocked).toMatchObject({ step: 'tag for cost allocation', code: 'AwsDenied', skippable: true });
    expect(shares).toEqual([expect.stringMatching(/crossfade-flaky.*=100$/)]);
  });

  test('rollback after the source is terminated: refused with the reason, and the weights stay', async () => {
    const { refusedRollback, refusedSignal } = await story.flaky;

    expect(refusedRollback).toContain('the source is terminated: there is nothing to roll back to');
    expect(refusedSignal.decisions.join('\n')).toContain('rollback refused: the source is terminated');
    expect(refusedSignal.wanted).toEqual({ source: 0, target: 100 });
  });

  test('a denied tag, retried: the migration completes, and not one user request failed', async () => {
    const { outcome } = await story.flaky;

    expect(outcome).toBe('completed');
    expect(await stage.lab.trafficTotals('flaky')).toMatchObject({ failed: 0, lastFailures: [] });
  });

  test('secrets: neither history, ledger nor logs hold the probe header or the token of the tap', async () => {
    const { secrets } = await story.flaky;
    await Promise.allSettled(Object.values(story));
    const logs = readdirSync(stage.dir)
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(path.join(stage.dir, file), 'utf8'));
    const written = [
      ...logs,
      await stage.subject('flaky').histories(),
      await stage.account.objects(stage.workload('flaky').buckets.ledger),
    ].join('\n');

    expect(written).toContain('point_of_no_return');
    expect(secrets.map((secret) => secret.length > 20 && !written.includes(secret))).toEqual([true, true]);
  });

  test('the ledger of a migration in trouble: its chain is whole', async () => {
    await story.flaky;
    const { exitCode, stderr } = await stage.crossfade(
      'verify-ledger',
      'flaky',
      '--ledger',
      stage.quickSpec('flaky').ledger,
    );

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('the lab', () => {
  test('its processes: every one that listens does so on loopback alone', async () => {
    const found = listenersOf(await stage.lab.processes());

    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['daemon', 'temporal', 'moto', 'ministack', 'gateway', 'data-plane', 'tap-ranker']),
    );
    expect(found.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
  });
});
