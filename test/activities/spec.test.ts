import { documentFor } from '../support/fakes';
import { Stage } from './support';

test('parseSpec: a good document gives the spec and the hash of its policy', async () => {
  const stage = new Stage();
  const parsed = await stage.activities.parseSpec({ document: documentFor(stage.place) });

  expect(parsed.spec).toEqual(stage.spec());
  expect(parsed.policyHash).toMatch(/^[0-9a-f]{64}$/);
});

const CHANGES: [string, Record<string, unknown>, boolean][] = [
  ['a guardrail', { guardrails: { splitSettle: '0s', errorRateMax: 0.5 } }, false],
  ['a weight', { cutover: { weights: [50, 100] } }, false],
  ['the standby', { decommission: { standby: '9d' } }, false],
  ['who is told', { notify: [] }, true],
];
test.each(CHANGES)(
  'parseSpec: changing %s shows in the hash only if decisions depend on it',
  async (_name, change, same) => {
    const stage = new Stage();
    const hash = async (changes: Record<string, unknown>): Promise<string> =>
      (await stage.activities.parseSpec({ document: documentFor(stage.place, changes) })).policyHash;

    expect((await hash({})) === (await hash(change))).toBe(same);
  },
);

test('parseSpec: a bad document fails for good, naming the path', async () => {
  const stage = new Stage();
  const document = documentFor(stage.place, { cutover: { weights: [50, 10, 100] } });

  await expect(stage.activities.parseSpec({ document })).rejects.toMatchObject({
    type: 'SpecInvalid',
    nonRetryable: true,
    message: expect.stringContaining('cutover.weights'),
  });
});
