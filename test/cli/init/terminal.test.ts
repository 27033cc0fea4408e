import { PassThrough } from 'node:stream';
import { terminalPrompter } from '../../../src/cli/init/prompter';
import type { Prompter } from '../../../src/cli/init/prompter';
import { eventually } from '../../lab/eventually';

const [DOWN, ENTER, CTRL_C] = ['\u001b[B', '\r', '\u0003'];

/** A terminal of which a test is the person. */
class Screen {
  readonly input = new PassThrough();
  readonly prompter: Prompter;
  private shown = '';

  constructor() {
    const output = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
    output.on('data', (chunk: Buffer) => (this.shown += chunk.toString()));
    this.prompter = terminalPrompter({ input: this.input, output });
  }

  async type(after: string, ...keys: string[]): Promise<void> {
    await eventually(async () => expect(this.shown).toContain(after));
    for (const key of keys) this.input.write(key);
  }
}

const CHOICES = [
  { value: 'blue', label: 'blue, 2 of 2 healthy' },
  { value: 'green', label: 'green, 0 of 2 healthy' },
];

test('terminal: arrows and Enter choose, and what was found is shown', async () => {
  const screen = new Screen();
  const answer = screen.prompter.choose('which one?', CHOICES);
  await screen.type('green, 0 of 2 healthy', DOWN, ENTER);
  expect(await answer).toBe('green');
});

test('terminal: Enter takes what is proposed', async () => {
  const screen = new Screen();
  const answer = screen.prompter.ask('which type?', 'g4dn.xlarge', () => undefined);
  await screen.type('g4dn.xlarge', ENTER);
  expect(await answer).toBe('g4dn.xlarge');
});

test('terminal: a wrong answer is not taken, and the person is told why', async () => {
  const screen = new Screen();
  const answer = screen.prompter.ask('how many?', undefined, (text) => (text === '12' ? undefined : 'must be a dozen'));
  await screen.type('how many?', '1', ENTER);
  await screen.type('must be a dozen', '2', ENTER);
  expect(await answer).toBe('12');
});

test.each<[string, (prompter: Prompter) => Promise<string>]>([
  ['a choice', (prompter) => prompter.choose('which one?', CHOICES)],
  ['a question', (prompter) => prompter.ask('which one?', undefined, () => undefined)],
])('terminal: Ctrl-C at %s stops', async (_fact, begin) => {
  const screen = new Screen();
  const stopped = begin(screen.prompter).catch((error: Error) => error.message);
  await screen.type('which one?', CTRL_C);
  expect(await stopped).toBe('stopped: nothing was written');
});
