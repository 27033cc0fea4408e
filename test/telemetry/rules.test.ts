import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../lab/tools';
import { PROMETHEUS } from '../support/prometheus';
import { dashboardQueries, DEPLOY, ruleQueries } from './page';

/* The alerts as promtool judges them; it comes with Prometheus. */

const here = PROMETHEUS === undefined ? describe.skip : describe;
const FOLDER = path.join(DEPLOY, 'prometheus');

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'crossfade-rules-'));
  cpSync(FOLDER, copy, { recursive: true });
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

function promtool(...args: string[]): { code: number | null; said: string } {
  const program = path.join(path.dirname(PROMETHEUS ?? ''), 'promtool');
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, encoding: 'utf8', timeout: 60_000 });
  return { code: status, said: stdout + stderr };
}

here('promtool', () => {
  test('the rules and the configuration: are well formed', () => {
    expect(promtool('check', 'rules', 'crossfade.rules.yml')).toMatchObject({ code: 0 });
    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ code: 0 });
  });

  test('the rules: alert when they should, and else not', () => {
    expect(promtool('test', 'rules', 'crossfade.test.yml')).toMatchObject({ code: 0 });
  });

  test('the tests of the rules: notice a rule that has become deaf', () => {
    const file = path.join(copy, 'crossfade.rules.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('phase="blocked"', 'phase="stuck"'));
    expect(promtool('test', 'rules', 'crossfade.test.yml')).toMatchObject({
      code: 1,
      said: expect.stringContaining('CrossfadeBlocked'),
    });
  });

  test('every query of the dashboards: is PromQL', () => {
    const rules = dashboardQueries().map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
    writeFileSync(path.join(copy, 'panels.yml'), stringify({ groups: [{ name: 'panels', rules }] }));
    expect(promtool('check', 'rules', 'panels.yml')).toMatchObject({ code: 0 });
  });
});

test('every alert: is tested, and has its paragraph in the runbook', () => {
  const tests = readFileSync(path.join(FOLDER, 'crossfade.test.yml'), 'utf8');
  const runbook = readFileSync(path.join(packageRoot(), 'docs/runbooks/alerts.md'), 'utf8');
  const alerts = ruleQueries().map(({ where }) => where);

  expect(alerts.filter((alert) => !new RegExp(`alertname: ${alert}\\n\\s+exp_alerts`).test(tests))).toEqual([]);
  expect([...runbook.matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading)).toEqual(alerts);
});
