/**
 * What SageMaker's instances have, and what CUDA and PyTorch need. A row says only what its source says; what stands in
 * no row is not checked, and the answer says so.
 */

interface Gpu {
  readonly name: string;
  /** CUDA compute capability: developer.nvidia.com/cuda-gpus. */
  readonly capability: number;
  /** Branch of the hosts' NVIDIA driver without `inferenceAmiVersion`; undefined: not known. */
  readonly driver?: number;
}

/**
 * GPUs: aws.amazon.com/ec2/instance-types. Drivers: SageMaker's guide, "Best practices to minimize interruptions during
 * GPU driver upgrades", row Real-time.
 */
const GPU_FAMILIES: Readonly<Record<string, Gpu>> = {
  g4dn: { name: 'T4', capability: 7.5, driver: 470 },
  g5: { name: 'A10G', capability: 8.6, driver: 470 },
  g6: { name: 'L4', capability: 8.9, driver: 535 },
  g6e: { name: 'L40S', capability: 8.9 },
  g7e: { name: 'RTX PRO 6000', capability: 12.0 },
  p3: { name: 'V100', capability: 7.0, driver: 470 },
  p4d: { name: 'A100', capability: 8.0, driver: 470 },
  p4de: { name: 'A100', capability: 8.0, driver: 470 },
  p5: { name: 'H100', capability: 9.0, driver: 535 },
  p5e: { name: 'H200', capability: 9.0, driver: 550 },
  p5en: { name: 'H200', capability: 9.0, driver: 550 },
  'p6-b200': { name: 'B200', capability: 10.0 },
};
const CPU_FAMILY = /^[cmrt]\d/;
const NEURON_FAMILY = /^(inf|trn)\d/;

/** EC2's guide, "Instance store volumes"; with them SageMaker refuses a key of ours (CreateEndpointConfig, KmsKeyId). */
const LOCAL_STORAGE = /^(g4dn|g5|g6|g6e|g7e|p4de?|p5(e|en)?|p6-b200|trn\d.*|[cmr]\d+[a-z]*d[a-z]*)$/;

/** SageMaker's API, ProductionVariant, InferenceAmiVersion: branch of the NVIDIA driver; 'neuron' is for no GPU. */
export const INFERENCE_AMIS: Readonly<Record<string, number | 'neuron'>> = {
  'al2-ami-sagemaker-inference-gpu-2': 535,
  'al2-ami-sagemaker-inference-gpu-2-1': 535,
  'al2-ami-sagemaker-inference-gpu-3-1': 550,
  'al2023-ami-sagemaker-inference-gpu-4-1': 580,
  'al2-ami-sagemaker-inference-neuron-2': 'neuron',
};

/** NVIDIA's guide "CUDA Compatibility", minor version compatibility: oldest driver branch, by the toolkit's major version. */
const DRIVER_MIN: Readonly<Record<string, number>> = { 11: 450, 12: 525, 13: 580 };

/** PyTorch's RELEASE.md, Release Compatibility Matrix, stable and experimental: CUDA toolkits of its wheels. */
const PYTORCH_CUDA: Readonly<Record<string, readonly string[]>> = {
  '1.12': ['11.3', '11.6'],
  '1.13': ['11.6', '11.7'],
  '2.0': ['11.7', '11.8'],
  '2.1': ['11.8', '12.1'],
  '2.2': ['11.8', '12.1'],
  '2.3': ['11.8', '12.1'],
  '2.4': ['11.8', '12.1', '12.4'],
  '2.5': ['11.8', '12.1', '12.4'],
  '2.6': ['11.8', '12.4', '12.6'],
  '2.7': ['11.8', '12.6', '12.8'],
  '2.8': ['12.6', '12.8', '12.9'],
  '2.9': ['12.6', '12.8', '13.0'],
  '2.10': ['12.6', '12.8', '13.0'],
  '2.11': ['12.6', '12.8', '13.0'],
};

/** Capabilities, by CUDA toolkit, that PyTorch's wheels have code for: manywheel/build_cuda.sh of its releases. */
const UP_TO_AMPERE = [7.0, 7.5, 8.0, 8.6];
const UP_TO_HOPPER = [...UP_TO_AMPERE, 9.0];
const UP_TO_BLACKWELL = [...UP_TO_HOPPER, 10.0, 12.0];
const PYTORCH_CAPABILITIES: Readonly<Record<string, readonly number[]>> = {
  '11.3': UP_TO_AMPERE,
  '11.6': UP_TO_AMPERE,
  '11.7': UP_TO_AMPERE,
  '11.8': UP_TO_HOPPER,
  '12.1': UP_TO_HOPPER,
  '12.4': UP_TO_HOPPER,
  '12.6': UP_TO_HOPPER,
  '12.8': UP_TO_BLACKWELL,
  '12.9': UP_TO_BLACKWELL,
  '13.0': UP_TO_BLACKWELL.filter((capability) => capability >= 7.5),
};

/** What of the target decides; what is undefined is not checked. */
export interface AcceleratorWish {
  /** `ml.g5.xlarge`. */
  readonly instanceType: string;
  readonly inferenceAmiVersion: string | undefined;
  readonly cuda: string | undefined;
  readonly pytorch: string | undefined;
  readonly cudaCompat: boolean;
  /** With a key of the operator's. */
  readonly isEncrypted: boolean;
}

export interface AcceleratorProblem {
  /** Below `target.sagemaker`. */
  readonly at: readonly string[];
  readonly problem: string;
}

export interface AcceleratorAnswer {
  readonly problems: readonly AcceleratorProblem[];
  /** Sentences about what no table knows. */
  readonly unchecked: readonly string[];
}

const CUDA = ['framework', 'cuda'];
const PYTORCH = ['framework', 'pytorch'];
const AMI = ['inferenceAmiVersion'];

export function checkAccelerator(wish: AcceleratorWish): AcceleratorAnswer {
  const family = wish.instanceType.split('.')[1] ?? '';
  const gpu = GPU_FAMILIES[family];
  const answers = [
    checkKey(wish, family),
    checkBuild(wish),
    gpu === undefined ? checkWithoutGpu(wish, family) : merged([checkDriver(wish, gpu), checkCapability(wish, gpu)]),
  ];
  return merged(answers);
}

const FINE: AcceleratorAnswer = { problems: [], unchecked: [] };
const wrong = (at: readonly string[], problem: string): AcceleratorAnswer => ({
  problems: [{ at, problem }],
  unchecked: [],
});
const unknown = (sentence: string): AcceleratorAnswer => ({ problems: [], unchecked: [sentence] });

function merged(answers: readonly AcceleratorAnswer[]): AcceleratorAnswer {
  return {
    problems: answers.flatMap(({ problems }) => problems),
    unchecked: answers.flatMap(({ unchecked }) => unchecked),
  };
}

function checkKey({ isEncrypted, instanceType }: AcceleratorWish, family: string): AcceleratorAnswer {
  if (!isEncrypted || !LOCAL_STORAGE.test(family)) return FINE;
  return wrong(
    ['kmsKeyId'],
    `must be left out with ${instanceType}: its own disks are encrypted by its hardware, and SageMaker refuses a key`,
  );
}

/** Whether there are wheels of this PyTorch for this CUDA. */
function checkBuild({ cuda, pytorch }: AcceleratorWish): AcceleratorAnswer {
  if (pytorch === undefined) return FINE;
  const built = PYTORCH_CUDA[minorOf(pytorch)];
  if (built === undefined) return unknown(`it is not known for which CUDA PyTorch ${pytorch} was built`);
  if (cuda === undefined || built.includes(minorOf(cuda))) return FINE;
  return wrong(
    PYTORCH,
    `was released for CUDA ${built.join(', ')}, not for ${cuda}: take one of them, or leave pytorch out if the build is your own`,
  );
}

function checkWithoutGpu(
  { instanceType, cuda, inferenceAmiVersion }: AcceleratorWish,
  family: string,
): AcceleratorAnswer {
  const isNeuron = NEURON_FAMILY.test(family);
  if (!isNeuron && !CPU_FAMILY.test(family)) return unknown(`GPU and driver of ${instanceType} are not known`);
  const ami = inferenceAmiVersion === undefined ? undefined : INFERENCE_AMIS[inferenceAmiVersion];
  const isWrongAmi = ami !== undefined && !(isNeuron && ami === 'neuron');
  const has = isNeuron ? 'has Neuron chips and no GPU' : 'has no GPU';
  return merged([
    cuda === undefined
      ? FINE
      : wrong(CUDA, `${instanceType} ${has}: take a type such as ml.g5.xlarge, or leave cuda out`),
    isWrongAmi ? wrong(AMI, `is not for ${instanceType}, which ${has}`) : FINE,
  ]);
}

function checkDriver(wish: AcceleratorWish, gpu: Gpu): AcceleratorAnswer {
  const { instanceType, inferenceAmiVersion, cuda, cudaCompat } = wish;
  const driver = inferenceAmiVersion === undefined ? gpu.driver : INFERENCE_AMIS[inferenceAmiVersion];
  if (driver === 'neuron')
    return wrong(AMI, `is for Inferentia and Trainium, not for the ${gpu.name} of ${instanceType}`);
  if (cuda === undefined || cudaCompat) return FINE;
  const least = DRIVER_MIN[cuda.split('.')[0] ?? ''];
  if (least === undefined) return unknown(`the driver that CUDA ${cuda} needs is not known`);
  if (driver === undefined) return unknown(`the driver of ${instanceType} without inferenceAmiVersion is not known`);
  if (driver >= least) return FINE;
  const amis = Object.entries(INFERENCE_AMIS)
    .filter(([, brings]) => brings !== 'neuron' && brings >= least)
    .map(([ami]) => ami);
  return wrong(
    CUDA,
    `needs NVIDIA driver ${least} or newer, and ${instanceType} has ${driver}: set inferenceAmiVersion to ` +
      `${amis.join(' or ')}, or cudaCompat if the image has NVIDIA's compatibility package`,
  );
}

/** Whether PyTorch's wheels have code for this GPU. Code for 8.6 runs on 8.9, and none of another major version does. */
function checkCapability({ instanceType, cuda, pytorch }: AcceleratorWish, gpu: Gpu): AcceleratorAnswer {
  const built = PYTORCH_CUDA[minorOf(pytorch ?? '')];
  if (pytorch === undefined || built === undefined) return FINE;
  const runsOn = (toolkit: string): boolean =>
    (PYTORCH_CAPABILITIES[toolkit] ?? []).some(
      (capability) => Math.floor(capability) === Math.floor(gpu.capability) && capability <= gpu.capability,
    );
  const given = cuda === undefined ? built : built.filter((toolkit) => toolkit === minorOf(cuda));
  if (given.length === 0 || given.some(runsOn)) return FINE;
  const same = built.filter(runsOn);
  const first = Object.keys(PYTORCH_CUDA).find((version) => PYTORCH_CUDA[version]?.some(runsOn));
  return wrong(
    PYTORCH,
    `for CUDA ${given.join(', ')} has no code for the ${gpu.name} of ${instanceType} (compute capability ` +
      `${gpu.capability.toFixed(1)}): take ${same.length > 0 ? `its build for CUDA ${same.join(' or ')}` : `PyTorch ${first} or newer`}`,
  );
}

/** `2.5` of `2.5.1`. */
function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
