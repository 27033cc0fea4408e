import { join } from 'node:path';
import { freezesOf } from '../../src/cli/fleet-file';
import { scratchFiles } from './scratch';
import { Terminal } from './support';

const FLEET = join(__dirname, '../../examples/fleet.yaml');

const write = scratchFiles();

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

test('fleet start --dry-run: reads the specs and the calendar that the file names', async () => {
  const { code, out } = await terminal.run(['fleet', 'start', FLEET, '--dry-run', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    name: 'spring',
    waves: [['scorer'], ['ranker']],
    changeWindows: [{ fromMinute: 480, toMinute: 960, timeZone: 'Europe/Berlin' }],
    // 18:00 in Berlin, in winter.
    freezes: [
      { fromMs: Date.parse('2026-12-18T17:00:00Z'), toMs: Date.parse('2027-01-04T07:00:00Z'), why: 'Year end' },
      { fromMs: Date.parse('2027-12-18T17:00:00Z') },
    ],
  });
});

test('fleet start, pause, status: under its own ID, with one document', async () => {
  const started = await terminal.run(['fleet', 'start', FLEET, '--reason', 'because']);
  const paused = await terminal.run(['fleet', 'pause', FLEET]);
  const status = await terminal.run(['fleet', 'status', FLEET]);

  expect(started.out).toMatch(/^started fleet\/spring, run run-1\n {2}wave 1 {6}scorer\n {2}wave 2 {6}ranker\n/);
  expect(paused.out).toBe('spring: pause is sent\n');
  expect(status.out).toBe(
    'spring: wave 1 of 2, paused\n  1  scorer  cutover\n  2  ranker  waiting\nwaits for resume\n',
  );
  expect(terminal.session.fleets.calls).toMatchObject([
    [
      'start',
      'spring',
      { migrations: [{ spec: { workload: 'scorer' } }, { spec: { workload: 'ranker' } }] },
      { reason: 'because' },
    ],
    ['signal', 'spring', 'pause', { requestedBy: 'anna' }],
  ]);
});

test('fleet pause, status: of one whose specs are gone since, by its name alone', async () => {
  const file = write('fleet.yaml', 'apiVersion: crossfade/v1\nfleet: spring\nmigrations: [{spec: gone.yaml}]\n');
  await terminal.run(['fleet', 'start', FLEET]);
  expect(await terminal.run(['fleet', 'pause', file])).toMatchObject({ code: 0, out: 'spring: pause is sent\n' });
  expect(await terminal.run(['fleet', 'status', file])).toMatchObject({ code: 0 });
});

test.each([
  ['without a name', 'migrations: []', /fleet\.yaml: fleet: must be the name of the fleet \(got undefined\)/],
  ['that is a list', '[a]', /fleet\.yaml: must be an object/],
])('fleet pause: a file %s is told before anybody is asked', async (_fact, text, words) => {
  const ran = await terminal.run(['fleet', 'pause', write('fleet.yaml', text)]);
  expect(ran).toMatchObject({ code: 1, err: expect.stringMatching(words) });
  expect(terminal.connections).toEqual([]);
});

test('fleet start: every problem of the fleet and of its specs, each with its path', async () => {
  const spec = JSON.stringify({ workload: 'ranker' });
  const file = write(
    'fleet.yaml',
    [
      'apiVersion: crossfade/v1',
      'fleet: spring',
      `migrations: [{spec: ${spec}}, {spec: ${spec}}]`,
      'waves: [[ranker, nobody]]',
      "freezes: [{from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z', why: backwards}]",
    ].join('\n'),
  );
  const { code, err } = await terminal.run(['fleet', 'start', file]);
  expect(code).toBe(1);
  for (const words of [
    'migrations[0].spec.router',
    'migrations[1].spec.workload: ranker is migrations[0] too',
    'waves: no migration is of nobody',
    'freezes[0].to: must be after from',
  ])
    expect(err).toContain(words);
});

test('fleet start: a calendar that is none is named', async () => {
  const file = write(
    'fleet.yaml',
    'apiVersion: crossfade/v1\nfleet: spring\nmigrations: []\nfreezeCalendar: none.ics\n',
  );
  const { err } = await terminal.run(['fleet', 'start', file]);
  expect(err).toMatch(/none\.ics: no calendar can be read/);
});

test('freezesOf: events that are over are left out, a day without an end is a day, zones of the calendar itself count', () => {
  const zone = [
    'BEGIN:VTIMEZONE',
    'TZID:Head Office',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0300',
    'TZOFFSETTO:+0300',
    'END:STANDARD',
    'END:VTIMEZONE',
  ];
  const events = [
    ['DTSTART:20200101T000000Z', 'DTEND:20200102T000000Z', 'SUMMARY:long ago'],
    ['DTSTART;VALUE=DATE:20270501', 'SUMMARY:one day'],
    ['DTSTART;TZID=Head Office:20270601T120000', 'DTEND;TZID=Head Office:20270601T130000', 'SUMMARY:here'],
  ].flatMap((lines, index) => ['BEGIN:VEVENT', `UID:${index}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']);
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...zone, ...events, 'END:VCALENDAR'].join('\r\n');

  expect(freezesOf(text, Date.parse('2026-01-01T00:00:00Z'))).toEqual([
    { from: '2027-05-01T00:00:00.000Z', to: '2027-05-02T00:00:00.000Z', why: 'one day' },
    { from: '2027-06-01T09:00:00.000Z', to: '2027-06-01T10:00:00.000Z', why: 'here' },
  ]);
});
