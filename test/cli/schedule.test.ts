import { join } from 'node:path';
import { MINIMAL, Terminal } from './support';

const COMPLETE = join(__dirname, '../../examples/complete.yaml');
const ID = 'validate/ranker';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

function create(...flags: string[]): ReturnType<Terminal['run']> {
  return terminal.run(['schedule', 'create', MINIMAL, ...flags]);
}

test.each([
  ['baseline', 'captureBaseline', 'baseline/ranker'],
  ['sync', 'syncData', 'data/ranker'],
  ['validation', 'validateTarget', 'validate/ranker'],
  ['dry-run', 'dryRun', 'dryrun/ranker'],
])('schedule create --run %s: repeats %s under %s', async (part, workflow, workflowId) => {
  expect(await create('--run', part, '--every', '6h')).toMatchObject({
    code: 0,
    out: `schedule ${workflowId} created: every 6h\n`,
  });
  expect(terminal.session.schedules.made.get(workflowId)).toMatchObject({
    workflowType: 'scheduled',
    args: [{ workflow, workflowId, document: { workload: 'ranker' } }],
    when: { everyMs: 21_600_000 },
  });
});

test('schedule create: cron runs in the time zone that is named', async () => {
  const flags = ['--run', 'dry-run', '--cron', '0 6 * * 1-5', '--time-zone', 'Europe/Berlin', '--jitter', '0s'];
  expect((await create(...flags)).out).toBe('schedule dryrun/ranker created: cron "0 6 * * 1-5", Europe/Berlin\n');
  expect(terminal.session.schedules.made.get('dryrun/ranker')?.when).toEqual({
    cron: '0 6 * * 1-5',
    timeZone: 'Europe/Berlin',
    jitterMs: 0,
  });
});

test('schedule create --run sync: as often as the spec follows its data', async () => {
  const { out } = await terminal.run(['schedule', 'create', COMPLETE, '--run', 'sync']);
  expect(out).toBe('schedule data/ranker created: every 1h\n');
});

test.each([
  [
    'a time zone that there is not',
    ['--cron', '0 6 * * *', '--time-zone', 'Europe/Atlantis'],
    'Europe/Atlantis: must be a time zone',
  ],
  ['an offset for a time zone', ['--cron', '0 6 * * *', '--time-zone', '+01:00'], '+01:00: must be a time zone'],
  ['a time zone for an interval', ['--every', '1h', '--time-zone', 'UTC'], '--time-zone UTC: needs --cron'],
  ['an interval that is none', ['--every', 'often'], '--every often: must be a duration'],
  ['two ways at once', ['--every', '1h', '--cron', '0 6 * * *'], 'only one of them'],
  ['no way at all', [], '--run validation: needs --every or --cron'],
  ['a jitter that is none', ['--every', '1h', '--jitter', 'some'], '--jitter some: must be a duration'],
])('schedule create: refuses %s', async (_name, flags, words) => {
  const { code, err } = await create('--run', 'validation', ...flags);
  expect(code).not.toBe(0);
  expect(err).toContain(words);
  expect(terminal.session.schedules.made.size).toBe(0);
});

test('schedule create: refuses a part that there is not, naming those that there are', async () => {
  const { err } = await create('--run', 'everything', '--every', '1h');
  expect(err).toContain('--run everything: must be one of baseline, sync, shadow, validation, dry-run');
});

test('schedule pause, list, resume, trigger, describe, delete: do what they say', async () => {
  await create('--run', 'validation', '--every', '6h');
  const said: string[] = [];
  for (const words of [
    ['pause', ID, '--reason', 'holidays'],
    ['list'],
    ['resume', ID],
    ['trigger', ID],
    ['describe', ID],
    ['delete', ID],
    ['delete', ID],
    ['list'],
  ])
    said.push((await terminal.run(['schedule', ...words])).out);
  expect(said).toEqual([
    'schedule validate/ranker is paused\n',
    'validate/ranker  paused  last -  anna: holidays\n',
    'schedule validate/ranker goes on\n',
    'schedule validate/ranker is triggered\n',
    'validate/ranker  next 2026-01-02 06:00  last -\n  runs     3, 1 left out because one was running, 0 missed\n',
    'schedule validate/ranker is gone\n',
    'there is no schedule validate/ranker\n',
    'there are no schedules in namespace default\n',
  ]);
});

test('schedule trigger: of a schedule that there is not fails with its name', async () => {
  expect(await terminal.run(['schedule', 'trigger', 'validate/nobody'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no schedule validate/nobody'),
  });
});
