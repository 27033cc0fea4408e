import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendJson, TestServer } from '../tap/support';
import { RunningCapture } from './captured';
import { Terminal } from './support';

const PAGE = readFileSync(join(__dirname, '../../docs/replay.md'), 'utf8');

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`docs/replay.md has no block of ${language}`);
  return found;
}

test('docs/replay.md: its example runs as it stands, and a target like its source passes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'crossfade-page-'));
  const [source, target] = [await new TestServer().start(), await new TestServer().start()];
  source.answer = target.answer = ({ body }, response) =>
    void setTimeout(() => sendJson(response, JSON.parse(body)), 200);
  writeFileSync(join(directory, 'policy.yaml'), block('yaml'));
  const [capturing = [], replaying = []] = block('sh')
    .replaceAll('0.0.0.0:8080', '127.0.0.1:0')
    .replaceAll('http://127.0.0.1:8081', source.url)
    .replaceAll('http://127.0.0.1:9000', target.url)
    .replaceAll(/(recordings|policy\.yaml)$| (recordings|policy\.yaml) /gm, (text) =>
      text.replace(/[\w.]+/, (name) => join(directory, name)),
    )
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1));

  const capture = new RunningCapture(capturing);
  await capture.askSteadily(200);
  expect(await capture.code).toBe(0);
  const { code, out } = await new Terminal().run(replaying);
  await Promise.all([source.stop(), target.stop()]);
  rmSync(directory, { recursive: true });
  expect(out).toMatch(/^pass: /);
  expect(out).toMatch(/ {2}200 recorded: 200 sent to both, 0 not sent/);
  expect(code).toBe(0);
});
