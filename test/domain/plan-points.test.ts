import { planMigration } from '../../src/domain/plan';
import { planPoints } from '../../src/domain/plan-points';
import type { PlanPoint } from '../../src/domain/plan-points';
import { parseSpec } from '../../src/spec';
import { completeDocument, minimalDocument, recordsDocument, shadowVariantDocument } from '../spec/support';

function pointsOf(document: unknown): PlanPoint[] {
  const spec = parseSpec(document);
  return planPoints(spec, planMigration(spec));
}

test.each([
  ['the load balancer', minimalDocument()],
  ['everything', completeDocument()],
  ['DNS', recordsDocument()],
  ['a shadow variant', shadowVariantDocument()],
])('planPoints, %s: time ends where the plan says, and only the last point cannot be taken back', (_road, document) => {
  const points = pointsOf(document);
  expect(points.at(-1)?.endMs).toBe(planMigration(parseSpec(document)).shortestMs);
  expect(points.map(({ isPointOfNoReturn }) => isPointOfNoReturn)).toEqual(
    points.map((_point, index) => index === points.length - 1),
  );
  for (const { rollback } of points) expect(rollback).not.toBe('');
});

test('planPoints: every gate of the plan stands at its point, in order', () => {
  const spec = parseSpec(completeDocument());
  const plan = planMigration(spec);
  const own = new Set(plan.cutover.flatMap(({ freeze }) => freeze?.gates ?? []));
  const gates = planPoints(spec, plan).flatMap(({ gate }) => gate ?? []);
  expect(gates).toEqual(plan.gates.filter((gate) => !own.has(gate)));
});

test('planPoints: whatever is created has calls that undo it', () => {
  const made = pointsOf(completeDocument()).filter(({ creates }) => creates !== undefined);
  expect(made.length).toBeGreaterThan(3);
  for (const { undo } of made) expect(undo).not.toEqual([]);
});

test('planPoints: before the cutover no call moves a weight', () => {
  const early = pointsOf(completeDocument()).filter(({ phase }) => !['cutover', 'decommission'].includes(phase));
  expect(early.flatMap(({ calls }) => calls).filter((call) => /Modify|Terminate/.test(call))).toEqual([]);
});

test.each([
  ['a load balancer at once', minimalDocument(), /read back at once/],
  ['DNS after its TTL', recordsDocument(), /then the TTL/],
  ['an endpoint in minutes', shadowVariantDocument(), /SageMaker takes minutes/],
])('planPoints: a rollback of the cutover reaches users behind %s', (_road, document, words) => {
  const [first] = pointsOf(document).filter(({ what }) => what.startsWith('weights'));
  expect(first?.rollback).toMatch(words);
});
