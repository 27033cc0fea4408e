import { Stage } from './support';

type Extra = Pick<Parameters<Stage['activities']['setShadow']>[0], 'copies' | 'segments'>;

async function setShadow(stage: Stage, fractionPercent: number, host?: string, extra: Extra = {}): Promise<void> {
  const { place } = stage;
  await stage.activities.setShadow({
    tap: place.tap,
    fractionPercent,
    endpoint: 'http://ranker.example.com',
    ...(host === undefined ? {} : { host }),
    listenerArn: place.route.listenerArn,
    workload: 'ranker',
    equivalence: stage.spec().shadow.equivalence,
    ...extra,
  });
}

const orderOf = (stage: Stage) => stage.world.taps.get(stage.place.tap)?.orders.newest();

test('setShadow: the tap learns share, address, host and the header that leads to the target', async () => {
  const stage = new Stage();
  await stage.buildTarget();
  await setShadow(stage, 15, 'ranker.internal');

  expect(orderOf(stage)).toEqual({
    fraction: 0.15,
    equivalence: stage.spec().shadow.equivalence,
    target: {
      url: 'http://ranker.example.com',
      headers: { host: 'ranker.internal', 'x-crossfade-probe-ranker': 'secret of ranker' },
    },
  });
});

test('setShadow: how copies are chosen, labelled, hidden and repeated goes to the tap as the spec has it', async () => {
  const stage = new Stage();
  await stage.buildTarget();
  const copies = {
    sampleBy: { header: 'x-conversation-id' },
    segmentBy: { path: '$.model' },
    redact: { headers: ['x-user'], paths: ['$.user'] },
    noise: { percent: 1, methods: ['GET'] },
  } as const;
  await setShadow(stage, 15, undefined, { copies, segments: ['small', 'large'] });

  expect(orderOf(stage)).toMatchObject({ fraction: 0.15, ...copies, segments: ['small', 'large'] });
});

test('setShadow: stopping needs no probe rule', async () => {
  const stage = new Stage();
  await setShadow(stage, 0);

  expect(orderOf(stage)).toEqual({ fraction: 0, equivalence: stage.spec().shadow.equivalence });
});

test('setShadow: twice is once', async () => {
  const stage = new Stage();
  await stage.buildTarget();
  stage.faults.loseNextReply('shadow.setOrder');

  await expect(setShadow(stage, 15)).rejects.toThrow('socket hang up');
  await setShadow(stage, 15);
  expect(orderOf(stage)?.fraction).toBe(0.15);
});

const PROBES: [string, (stage: Stage) => void, string][] = [
  ['vanished', (stage) => stage.world.probeRules.clear(), 'NotFound'],
  [
    'is not ours',
    (stage) =>
      stage.world.probeRules.forEach((rule, arn) => stage.world.probeRules.set(arn, { ...rule, owner: undefined })),
    'ResourceNotOurs',
  ],
];
test.each(PROBES)('setShadow: with a probe rule that %s nothing is ordered', async (_name, change, code) => {
  const stage = new Stage();
  await stage.buildTarget();
  change(stage);

  await expect(setShadow(stage, 15)).rejects.toMatchObject({ type: code });
  expect(orderOf(stage)).toBeUndefined();
});
