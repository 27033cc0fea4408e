import { Stage } from './support';

async function setShadow(stage: Stage, fractionPercent: number, host?: string): Promise<void> {
  const { place } = stage;
  await stage.activities.setShadow({
    tap: place.tap,
    fractionPercent,
    endpoint: 'http://ranker.example.com',
    ...(host === undefined ? {} : { host }),
    listenerArn: place.route.listenerArn,
    workload: 'ranker',
    equivalence: stage.spec().shadow.equivalence,
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
