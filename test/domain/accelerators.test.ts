import type { AcceleratorWish } from '../../src/domain/accelerators';
import { checkAccelerator } from '../../src/domain/accelerators';

const WISH: AcceleratorWish = {
  instanceType: 'ml.g5.xlarge',
  inferenceAmiVersion: undefined,
  cuda: undefined,
  pytorch: undefined,
  cudaCompat: false,
  isEncrypted: false,
};

const answer = (wish: Partial<AcceleratorWish>) => checkAccelerator({ ...WISH, ...wish });

const FINE: [string, Partial<AcceleratorWish>][] = [
  ['nothing but a type', {}],
  ['CUDA 11 on driver 470', { cuda: '11.8', pytorch: '2.1.2' }],
  ['CUDA 12 on driver 535', { instanceType: 'ml.g6.xlarge', cuda: '12.6', pytorch: '2.6' }],
  ['CUDA 12 on 470 with the compatibility package', { cuda: '12.4', pytorch: '2.5', cudaCompat: true }],
  ['CUDA 12 on 470 by another AMI', { cuda: '12.4', inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2' }],
  ['CUDA 13 on driver 580', { cuda: '13.0', inferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1' }],
  ['a patch version of CUDA', { cuda: '11.8.0', pytorch: '2.1.0' }],
  ['code for 8.6 on 8.9', { instanceType: 'ml.g6.xlarge', cuda: '11.7', pytorch: '2.0' }],
  ['a CPU without CUDA', { instanceType: 'ml.m5.xlarge', pytorch: '2.5' }],
  ['a key with a CPU without disks', { instanceType: 'ml.m5.xlarge', isEncrypted: true }],
  [
    'Inferentia with its AMI',
    { instanceType: 'ml.inf2.xlarge', inferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2' },
  ],
];

test.each(FINE)('checkAccelerator: %s is fine, and all of it was checked', (_name, wish) => {
  expect(answer(wish)).toEqual({ problems: [], unchecked: [] });
});

const PROBLEMS: [string, Partial<AcceleratorWish>, string, RegExp][] = [
  [
    'CUDA 12 on driver 470',
    { cuda: '12.4' },
    'framework.cuda',
    /^needs NVIDIA driver 525 or newer, and ml.g5.xlarge has 470: set inferenceAmiVersion to .*gpu-2 or .*, or cudaCompat/,
  ],
  [
    'CUDA 13 on an AMI with 535',
    { cuda: '13.0', inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2' },
    'framework.cuda',
    /driver 580 or newer, and ml.g5.xlarge has 535: set inferenceAmiVersion to al2023-ami-sagemaker-inference-gpu-4-1,/,
  ],
  [
    'PyTorch of another CUDA',
    { cuda: '11.7', pytorch: '2.1' },
    'framework.pytorch',
    /^was released for CUDA 11.8, 12.1, not for 11.7: take one of them/,
  ],
  [
    'PyTorch older than the GPU',
    { instanceType: 'ml.p5.48xlarge', cuda: '11.7', pytorch: '2.0' },
    'framework.pytorch',
    /no code for the H100 of ml.p5.48xlarge \(compute capability 9.0\): take its build for CUDA 11.8$/,
  ],
  [
    'PyTorch older than the GPU, whatever its CUDA',
    { instanceType: 'ml.p6-b200.48xlarge', pytorch: '2.5' },
    'framework.pytorch',
    /for CUDA 11.8, 12.1, 12.4 has no code for the B200 .*\(compute capability 10.0\): take PyTorch 2.7 or newer$/,
  ],
  [
    'PyTorch newer than the GPU',
    { instanceType: 'ml.p3.2xlarge', cuda: '13.0', pytorch: '2.9', cudaCompat: true },
    'framework.pytorch',
    /no code for the V100 .*: take its build for CUDA 12.6 or 12.8$/,
  ],
  [
    'CUDA on a CPU',
    { instanceType: 'ml.c7i.large', cuda: '12.4' },
    'framework.cuda',
    /has no GPU: take a type such as/,
  ],
  [
    'CUDA on Inferentia',
    { instanceType: 'ml.inf2.xlarge', cuda: '12.4' },
    'framework.cuda',
    /has Neuron chips and no GPU/,
  ],
  [
    'an AMI for Neuron on a GPU',
    { inferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2' },
    'inferenceAmiVersion',
    /^is for Inferentia and Trainium, not for the A10G of ml.g5.xlarge$/,
  ],
  [
    'an AMI for GPUs on a CPU',
    { instanceType: 'ml.m5.xlarge', inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2' },
    'inferenceAmiVersion',
    /^is not for ml.m5.xlarge, which has no GPU$/,
  ],
  ['a key with disks of their own', { instanceType: 'ml.m6gd.large', isEncrypted: true }, 'kmsKeyId', /left out/],
];

test.each(PROBLEMS)('checkAccelerator: %s is the only problem', (_name, wish, path, words) => {
  const { problems } = answer(wish);
  expect(problems.map(({ at, problem }) => [at.join('.'), problem])).toEqual([[path, expect.stringMatching(words)]]);
});

const UNKNOWN: [string, Partial<AcceleratorWish>, string][] = [
  ['a family', { instanceType: 'ml.g99.xlarge', cuda: '12.4' }, 'GPU and driver of ml.g99.xlarge are not known'],
  [
    'a driver',
    { instanceType: 'ml.g6e.xlarge', cuda: '12.4' },
    'the driver of ml.g6e.xlarge without inferenceAmiVersion is not known',
  ],
  ['a CUDA of tomorrow', { cuda: '14.0' }, 'the driver that CUDA 14.0 needs is not known'],
  ['a PyTorch of tomorrow', { pytorch: '3.0' }, 'it is not known for which CUDA PyTorch 3.0 was built'],
];

test.each(UNKNOWN)('checkAccelerator: %s that no table knows is said, and is no problem', (_name, wish, sentence) => {
  expect(answer(wish)).toEqual({ problems: [], unchecked: [sentence] });
});
