import { alone } from './support';

const GPU = { instances: 1, gpu: 'A100', gpuCount: 8 };

test.each([
  ['A100 training goes to p4d', { kind: 'training', compute: GPU }, 'p4d.24xlarge', 'on-demand'],
  [
    'with checkpoints every 15 minutes on Spot',
    { kind: 'training', compute: GPU, checkpointEvery: '15m' },
    'p4d.24xlarge',
    'spot',
  ],
  ['and with rarer ones not', { kind: 'training', compute: GPU, checkpointEvery: '16m' }, 'p4d.24xlarge', 'on-demand'],
  ['V100 training goes to p3', { kind: 'training', compute: { gpu: 'V100', gpuCount: 4 } }, 'p3.8xlarge', 'on-demand'],
  ['an answer within 10 ms is g5, on demand', { kind: 'inference', latencyMax: '10ms' }, 'g5.xlarge', 'on-demand'],
  ['one just under 50 ms too', { kind: 'inference', latencyMax: '49ms' }, 'g5.xlarge', 'on-demand'],
  ['from 50 ms on it is Inferentia', { kind: 'inference', latencyMax: '50ms' }, 'inf2.xlarge', 'on-demand'],
  [
    'but not for kernels of its own',
    { kind: 'inference', latencyMax: '80ms', framework: { customKernels: true } },
    'g5.xlarge',
    'on-demand',
  ],
  ['a pipeline is c6i on Spot', { kind: 'pipeline' }, 'c6i.16xlarge', 'spot'],
  ['one that cannot run again is not', { kind: 'pipeline', restartable: false }, 'c6i.16xlarge', 'on-demand'],
  [
    'a model of 40 GB needs a bigger GPU',
    { kind: 'inference', latencyMax: '10ms', compute: { gpu: 'A100', gpuMemory: '40GB' } },
    'g6e.xlarge',
    'on-demand',
  ],
])('instance: %s', (_fact, workload, instanceType, market) => {
  expect(alone(workload).instance).toMatchObject({ instanceType, market });
});

test('instance: every alternative says why it is not the one', () => {
  const rejected = alone({ kind: 'inference', latencyMax: '80ms', framework: { customKernels: true } }).instance
    ?.rejected;
  expect(rejected).toContainEqual({
    instanceType: 'inf2.xlarge',
    reason: expect.stringMatching(/do not run on Neuron/),
  });
  expect(rejected?.every(({ reason }) => reason !== '')).toBe(true);
});

test('instance: 16 GPUs are two machines of eight', () => {
  expect(alone({ kind: 'training', compute: { instances: 4, gpu: 'A100', gpuCount: 4 } }).instance?.count).toBe(2);
});

test('instance: an unknown type is a blocker that names the nearest known one, and has no price', () => {
  const { readiness, cost } = alone({ kind: 'inference', latencyMax: '10ms', instanceType: 'g5.xlrage' });
  expect(readiness.state).toBe('blocked');
  expect(readiness.blockers[0]?.text).toMatch(/g5\.xlrage is not in the table; the nearest known one is g5\.xlarge/);
  expect(cost.after[0]?.figure).toEqual({ value: null, unit: 'USD', why: 'no price of g5.xlrage is known' });
});

test('framework: PyTorch that has no code for the GPU is a blocker, with what would do', () => {
  const workload = {
    kind: 'training',
    compute: { gpu: 'H100', gpuCount: 8 },
    framework: { cuda: '11.6', pytorch: '1.13' },
  };
  const { instance } = alone(workload);
  // The A100 of p4de is what that PyTorch can do.
  expect(instance?.instanceType).toBe('p4de.24xlarge');
  const { readiness } = alone({ ...workload, instanceType: 'p5.48xlarge' });
  expect(readiness.blockers[0]).toMatchObject({
    concern: 'framework',
    text: expect.stringMatching(/has no code for the H100/),
  });
});

test('framework: CUDA 12.1 with a PyTorch before 2.1 is a blocker', () => {
  const framework = { cuda: '12.1', pytorch: '2.0' };
  expect(alone({ kind: 'training', compute: GPU, framework }).readiness.blockers[0]?.text).toMatch(
    /was released for CUDA/,
  );
});
