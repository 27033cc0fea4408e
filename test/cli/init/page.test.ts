import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPolicyGaps } from '../../support/tidy/permissions';
import { isSource, listRepository, read } from '../../support/tidy/repository';
import { scratchFiles } from '../scratch';
import { Terminal } from '../support';
import { FakeAccount } from './fake-account';

const page = readFileSync(join(__dirname, '../../../docs/getting-started.md'), 'utf8');
const write = scratchFiles();

/** Commands of the page that end by themselves and ask nobody. */
function commands(): string[][] {
  return [...page.matchAll(/^npx crossfade (.+)$/gm)]
    .map(([, line = '']) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? ''))
    .filter((words) => words.length > 1 && words[0] !== 'watch');
}

test('getting started: every command of the page does what it says, one after the other', async () => {
  const file = join(dirname(write('other.txt', '')), 'ranker.yaml');
  const terminal = new Terminal();
  terminal.account = new FakeAccount();
  const ran: string[] = [];
  for (const words of commands()) {
    const force = words[0] === 'init' ? ['--force'] : [];
    const here = words.map((word) => (word === 'ranker.yaml' ? file : word));
    const { code, err } = await terminal.run([...here, ...force]);
    ran.push(`${words[0]} ${code}${code === 0 ? '' : err}`);
  }
  expect(ran).toEqual(['init 0', 'init 0', 'validate 0', 'plan 0', 'plan 0', 'start 0', 'start 0']);
});

test('getting started: the policy for looking allows all that the listings call', () => {
  const [, text = ''] = /```json\n([\s\S]+?)```/.exec(page) ?? [];
  const policy = JSON.parse(text) as Parameters<typeof findPolicyGaps>[0];
  const listings = listRepository()
    .filter((path) => isSource(path) && path.startsWith('src/adapters/account'))
    .map(read);
  expect(listings.length).toBeGreaterThan(4);
  expect(findPolicyGaps(policy, listings).filter((gap) => gap.endsWith('is called and not allowed'))).toEqual([]);
});
