import { readFileSync } from 'node:fs';
import { scratchFiles } from './scratch';
import { MINIMAL, Terminal } from './support';

const writeScratch = scratchFiles();

test('plan: what a rollback means at each point, the point of no return and the cost are on the page', async () => {
  const { out } = await new Terminal().run(['plan', MINIMAL]);
  expect(out).toMatch(/baseline +from "the source's metrics are read" on: nothing to put back/);
  expect(out).toMatch(/\+29d +decommission +POINT OF NO RETURN/);
  expect(out).toContain('4 × 730 h/month × USD 1.006/h');
  expect(out).toContain('contingency      +40 %');
});

test('plan: how many ranges of a data set are copied side by side is said where the spec says it', async () => {
  const planned = async (name: string, more: string): Promise<string> => {
    const data = `data: [{name: model, from: 's3://models/ranker', to: 's3://ranker-target/model'${more}}]`;
    const file = writeScratch(name, `${readFileSync(MINIMAL, 'utf8')}\n${data}\n`);
    return (await new Terminal().run(['plan', file])).out;
  };
  expect(await planned('shared.yaml', ', fanOut: 16')).toContain('ranges    up to 16 of keys, copied side by side');
  expect(await planned('single.yaml', '')).not.toContain('side by side');
});

test('plan --json: points with calls, actions and rollback, cost, and the policy', async () => {
  const { out } = await new Terminal().run(['plan', MINIMAL, '--json']);
  expect(JSON.parse(out)).toMatchObject({
    points: expect.arrayContaining([
      expect.objectContaining({
        what: 'target-group crossfade-ranker',
        calls: expect.arrayContaining(['elasticloadbalancing:CreateTargetGroup']),
        undo: ['elasticloadbalancing:DeleteTargetGroup'],
        actions: expect.arrayContaining(['elasticloadbalancing:AddTags']),
      }),
    ]),
    cost: { contingencyShare: 0.4 },
    policy: { Version: '2012-10-17' },
  });
});

test('plan: a price that is not known is said', async () => {
  const file = writeScratch('spec.yaml', readFileSync(MINIMAL, 'utf8').replace('g5.xlarge', 'g99.xlarge'));
  const { out } = await new Terminal().run(['plan', file]);
  expect(out).toContain('not known: no price of g99.xlarge is known');
});

test('plan --html: one page with a chart and the policy that asks no network', async () => {
  const page = writeScratch('plan.html', '');
  expect(await new Terminal().run(['plan', MINIMAL, '--html', page])).toMatchObject({ code: 0 });
  const html = readFileSync(page, 'utf8');
  for (const part of ['<svg', 'POINT OF NO RETURN', 'elasticloadbalancing:ModifyRule']) expect(html).toContain(part);
  expect(html).not.toMatch(/<script|(src|href)=/);
});

test('plan --iam: only the policy, which is JSON', async () => {
  const { code, out, err } = await new Terminal().run(['plan', MINIMAL, '--iam']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ Version: '2012-10-17' });
});

test('plan --iam: words that only the operator can fill in are named', async () => {
  const { out, err } = await new Terminal().run(['plan', MINIMAL.replace('minimal', 'complete'), '--iam']);
  expect(JSON.parse(out)).toMatchObject({ Version: '2012-10-17' });
  expect(err).toMatch(/fill in what the spec does not say: .*TARGET_INSTANCE_ROLE/);
});

test('plan --iam --html: one of them, exit 64', async () => {
  expect(await new Terminal().run(['plan', MINIMAL, '--iam', '--html', 'x'])).toMatchObject({ code: 64 });
});
