import type { SmokeInput, SmokeResult } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import { Stage } from './support';

async function withTarget(): Promise<{ stage: Stage; smoke: (changes?: Partial<SmokeInput>) => Promise<SmokeResult> }> {
  const stage = new Stage();
  const { route } = await stage.buildTarget();
  const spec = stage.spec();
  const input: SmokeInput = {
    endpoint: spec.source.endpoint,
    host: 'ranker.example.com',
    healthPath: '/health',
    requests: spec.smoke.requests,
    equivalence: spec.shadow.equivalence,
    listenerArn: route.listenerArn,
    workload: 'ranker',
  };
  return { stage, smoke: (changes = {}) => stage.activities.runSmoke({ ...input, ...changes }) };
}

test('runSmoke: equal answers on both sides are counted', async () => {
  const { stage, smoke } = await withTarget();

  expect(await smoke()).toEqual({ requestCount: 1, comparedCount: 1 });
  expect(stage.faults.count('prober.send')).toBe(2);
});

test('runSmoke: the host goes to both sides, the probe header to the target only', async () => {
  const { stage, smoke } = await withTarget();
  const sides: string[] = [];
  stage.world.answer = (side) => {
    sides.push(side);
    return { status: 200, body: 1 };
  };
  await smoke();

  expect(sides).toEqual(['source', 'target']);
});

test('runSmoke: outputs within tolerance are equal, outputs beyond it name path and values', async () => {
  const { stage, smoke } = await withTarget();
  const equivalence = { relativeTolerance: 0.01, absoluteTolerance: 0, mismatchRateMax: 0 };
  stage.world.answer = (side) => ({ status: 200, body: { score: [1, side === 'source' ? 2 : 2.01] } });
  await expect(smoke({ equivalence })).resolves.toMatchObject({ comparedCount: 1 });

  stage.world.answer = (side) => ({ status: 200, body: { score: [1, side === 'source' ? 2 : 2.5] } });
  await expect(smoke({ equivalence })).rejects.toMatchObject({
    type: 'OutputsDiffer',
    nonRetryable: true,
    message: expect.stringMatching(/POST \/v1\/score differs at \$\.score\[1\]: source 2, target 2\.5/),
  });
});

const STATUSES: [string, number, number, string | null][] = [
  ['equal and good', 200, 200, null],
  ['equal and a client error', 404, 404, null],
  ['equal and a server error', 500, 500, 'OutputsDiffer'],
  ['different', 200, 201, 'OutputsDiffer'],
];
test.each(STATUSES)('runSmoke: statuses that are %s', async (_name, source, target, code) => {
  const { stage, smoke } = await withTarget();
  stage.world.answer = (side) => ({ status: side === 'source' ? source : target, body: null });

  expect(
    await smoke().then(
      () => null,
      (error: { type: string }) => error.type,
    ),
  ).toBe(code);
});

test('runSmoke: without requests the health path answers on both sides, and its body is not compared', async () => {
  const { stage, smoke } = await withTarget();
  stage.world.answer = (side, path) => ({ status: path === '/health' ? 200 : 500, body: side });

  expect(await smoke({ requests: [] })).toEqual({ requestCount: 1, comparedCount: 0 });
});

test('runSmoke: an endpoint that cannot be reached is tried again, and the secret is not in the failure', async () => {
  const { stage, smoke } = await withTarget();
  stage.faults.failCall(
    'prober.send',
    2,
    new MigrationError('EndpointUnreachable', 'POST http://ranker.example.com/v1/score: connection refused'),
  );

  const failure = await smoke().catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'EndpointUnreachable', nonRetryable: false });
  expect(JSON.stringify(failure)).not.toContain('secret of ranker');
});

test('runSmoke: a probe rule that vanished is said so', async () => {
  const { stage, smoke } = await withTarget();
  stage.world.probeRules.clear();

  await expect(smoke()).rejects.toMatchObject({ type: 'NotFound' });
});
