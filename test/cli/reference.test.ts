import { Command } from 'commander';
import { labProgram } from '../../lab/cli';
import { createCli } from '../../src/cli/cli';
import { processIo } from '../../src/cli/io';
import { buildProgram } from '../../src/cli/program';
import { specReference } from '../../src/cli/reference';
import { referencePages } from '../../src/cli/reference-pages';
import { commandsOf, findUnknownCommands } from '../support/tidy/commands';
import { isMarkdown, listRepository, read } from '../support/tidy/repository';

const pages = listRepository().filter(isMarkdown).map(read);
const programs = [buildProgram(createCli(processIo())), labProgram()];

test.each(Object.entries(referencePages()))('reference: docs/reference/%s is what the code says', (name, text) => {
  expect(read(`docs/reference/${name}`).text).toBe(text);
});

test('reference: each key of a spec has one row, with its default', () => {
  const hold = { type: 'string', pattern: '^(ms|s|m|h|d)$', default: '1h', description: 'how | long' };
  const cutover = { type: 'object', properties: { hold }, required: ['hold'] };
  const forms = { anyOf: [cutover, { type: 'object', properties: { hold, weights: { type: 'array', items: {} } } }] };

  expect(specReference({ properties: { cutover: forms }, required: [] })).toContain(
    [
      '| `cutover` | object |  |  |',
      '| `cutover.hold` | duration | required | how \\| long |',
      '| `cutover.weights` | list of any |  |  |',
    ].join('\n'),
  );
});

test('commands in pages: every one that a page shows is known, with all its flags', () => {
  expect(pages.flatMap(({ text }) => commandsOf(text)).length).toBeGreaterThan(80);
  expect(findUnknownCommands(pages, programs)).toEqual([]);
});

describe('findUnknownCommands', () => {
  const program = new Command('crossfade').option('--address <a>');
  program.command('sync').command('create').option('--cron <c>');
  const lab = new Command('crossfade lab');
  lab.command('up').option('--worker');
  const found = (text: string): string[] => findUnknownCommands([{ path: 'a.md', text }], [program, lab]);

  test.each([
    ['a command that is not there', '`crossfade launch`'],
    ['a flag that is not there', '`crossfade sync create F --every 1h`'],
    ['a flag of another command', '`crossfade sync --cron x`'],
    ['a flag of the lab', '```bash\nnpx crossfade lab up --workers\n```'],
    ['a flag on the next line', '```bash\ncrossfade sync create F \\\n  --every 1h\n```'],
    ['a command within another', '```bash\neval "$(npx crossfade lab env)"\n```'],
  ])('tells %s', (_name, text) => expect(found(text)).toHaveLength(1));

  test.each([
    ['a flag of the program', '`crossfade sync create F --address a:1 --cron "x --y"`'],
    ['help', '`crossfade sync --help`'],
    ['a comment', '```bash\ncrossfade lab up --worker   # not --workers\n```'],
    ['what is left out', '`crossfade …`'],
    ['words about it', 'crossfade launch --now'],
  ])('allows %s', (_name, text) => expect(found(text)).toEqual([]));
});
