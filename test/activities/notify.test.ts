import { MigrationError } from '../../src/domain/errors';
import { Stage } from './support';

const SNS = { sns: 'arn:aws:sns:eu-west-1:123456789012:ops' };
const WEBHOOK = { webhook: 'https://hooks.example.com/T0/secret' };
const SLACK = { slack: 'env:CROSSFADE_NOTIFY_SLACK' };
const TO = [SNS, WEBHOOK, SLACK];
const GATE = {
  to: TO,
  workload: 'ranker',
  event: 'gate',
  text: 'approve?',
  id: 'event-1',
  atMs: Date.UTC(2026, 0, 2),
  gate: 'cutover-10',
};

const told = (stage: Stage): unknown[] => stage.world.notices.map(({ to }) => to);
/** As the server hands it to the next attempt. */
const carried = (stage: Stage): unknown => JSON.parse(JSON.stringify(stage.heartbeats.at(-1)));

test('notify: every destination gets the same event, with the ways to answer it', async () => {
  const stage = new Stage();

  expect(await stage.activities.notify(GATE)).toEqual({ undelivered: [] });
  expect(told(stage)).toEqual(TO);
  expect(stage.world.notices.map(({ notice }) => notice)).toEqual(
    Array(3).fill(
      expect.objectContaining({
        id: 'event-1',
        at: '2026-01-02T00:00:00.000Z',
        event: 'gate',
        text: 'approve?',
        answers: [
          {
            signal: 'approve',
            input: { gate: 'cutover-10', requestedBy: 'you', reason: 'why' },
            command: 'crossfade approve ranker --gate cutover-10 --reason why',
          },
          {
            signal: 'reject',
            input: { gate: 'cutover-10', requestedBy: 'you', reason: 'why' },
            command: 'crossfade reject ranker --gate cutover-10 --reason why',
          },
        ],
      }),
    ),
  );
});

test('notify: one deaf destination silences no other, and the next attempt tells only that one', async () => {
  const stage = new Stage();
  stage.faults.failCall('notifier.notify', 2, new MigrationError('EndpointUnreachable', 'no answer'));
  await expect(stage.activities.notify(GATE)).rejects.toMatchObject({
    type: 'NoticeUndelivered',
    message: 'hooks.example.com: EndpointUnreachable: no answer',
    nonRetryable: false,
  });
  const first = told(stage);
  const activities = stage.activitiesHere();
  await stage.inside(() => activities.notify(GATE), carried(stage));

  expect(first).toEqual([SNS, SLACK]);
  expect(told(stage).slice(2)).toEqual([WEBHOOK]);
});

test('notify: who refuses is not asked again, and is named at the end', async () => {
  const stage = new Stage();
  stage.faults.failCall('notifier.notify', 1, new MigrationError('AwsDenied', 'not allowed to publish'));
  stage.faults.failCall('notifier.notify', 2, new MigrationError('EndpointUnreachable', 'no answer'));
  await expect(stage.activities.notify(GATE)).rejects.toMatchObject({ type: 'NoticeUndelivered' });
  const activities = stage.activitiesHere();

  expect(await stage.inside(() => activities.notify(GATE), carried(stage))).toEqual({
    undelivered: [`${SNS.sns}: AwsDenied: not allowed to publish`],
  });
  expect(told(stage)).toEqual([SLACK, WEBHOOK]);
});

test('notify: what an earlier version scheduled has the ID of its activity', async () => {
  const stage = new Stage();
  await stage.activities.notify({ to: [SNS], workload: 'ranker', event: 'completed', text: 'outcome: completed' });

  const { info } = stage.environment().context;
  expect(stage.world.notices[0]?.notice).toMatchObject({
    id: `${info.workflowExecution?.runId}-${info.activityId}`,
    answers: [],
  });
});

test('notify: nobody to tell is fine', async () => {
  expect(await new Stage().activities.notify({ ...GATE, to: [] })).toEqual({ undelivered: [] });
});
