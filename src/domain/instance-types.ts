/**
 * EC2 instance types that an assessment chooses from, and what they cost: Linux, on demand, US East (N. Virginia).
 * Written down from memory and not yet held against the pages that are named: look a price up before something is
 * ordered, and change its date with it. AWS lowered the prices of P4 and P5 in June 2025; the table has those before.
 */
export const INSTANCE_PRICES_AS_OF = '2025-05';
export const INSTANCE_PRICES_SOURCE = 'https://aws.amazon.com/ec2/pricing/on-demand/';
export const INSTANCE_PRICES_REGION = 'us-east-1';

export type Market = 'on-demand' | 'spot';

/** Classes in which EC2 counts the vCPUs that an account may run. */
export const INSTANCE_QUOTAS = ['standard', 'g', 'p', 'inf', 'trn'] as const;
export type InstanceQuotaName = (typeof INSTANCE_QUOTAS)[number];

export interface InstanceType {
  /** `g5.xlarge`. */
  readonly name: string;
  readonly vcpus: number;
  readonly memoryGib: number;
  /** Name of its GPU or Neuron chip; undefined: none. */
  readonly chip?: string;
  readonly chipCount: number;
  /** Of all its chips together. */
  readonly chipMemoryGib: number;
  /** USD an hour. */
  readonly usdPerHour: number;
}

type Row = readonly [
  name: string,
  vcpus: number,
  memoryGib: number,
  chip: string,
  chipCount: number,
  chipMemoryGib: number,
  usd: number,
];

/** aws.amazon.com/ec2/instance-types. */
const ROWS: readonly Row[] = [
  ['g4dn.xlarge', 4, 16, 'T4', 1, 16, 0.526],
  ['g4dn.2xlarge', 8, 32, 'T4', 1, 16, 0.752],
  ['g4dn.12xlarge', 48, 192, 'T4', 4, 64, 3.912],
  ['g5.xlarge', 4, 16, 'A10G', 1, 24, 1.006],
  ['g5.2xlarge', 8, 32, 'A10G', 1, 24, 1.212],
  ['g5.4xlarge', 16, 64, 'A10G', 1, 24, 1.624],
  ['g5.12xlarge', 48, 192, 'A10G', 4, 96, 5.672],
  ['g5.48xlarge', 192, 768, 'A10G', 8, 192, 16.288],
  ['g6.xlarge', 4, 16, 'L4', 1, 24, 0.8048],
  ['g6.2xlarge', 8, 32, 'L4', 1, 24, 0.9776],
  ['g6.12xlarge', 48, 192, 'L4', 4, 96, 4.6016],
  ['g6.48xlarge', 192, 768, 'L4', 8, 192, 13.3504],
  ['g6e.xlarge', 4, 32, 'L40S', 1, 48, 1.861],
  ['g6e.12xlarge', 48, 384, 'L40S', 4, 192, 10.4926],
  ['g6e.48xlarge', 192, 1536, 'L40S', 8, 384, 30.1312],
  ['p3.2xlarge', 8, 61, 'V100', 1, 16, 3.06],
  ['p3.8xlarge', 32, 244, 'V100', 4, 64, 12.24],
  ['p3.16xlarge', 64, 488, 'V100', 8, 128, 24.48],
  ['p4d.24xlarge', 96, 1152, 'A100', 8, 320, 32.7726],
  ['p4de.24xlarge', 96, 1152, 'A100', 8, 640, 40.9657],
  ['p5.48xlarge', 192, 2048, 'H100', 8, 640, 98.32],
  ['inf2.xlarge', 4, 16, 'Inferentia2', 1, 32, 0.7582],
  ['inf2.8xlarge', 32, 128, 'Inferentia2', 1, 32, 1.9679],
  ['inf2.24xlarge', 96, 384, 'Inferentia2', 6, 192, 6.4906],
  ['inf2.48xlarge', 192, 768, 'Inferentia2', 12, 384, 12.9813],
  ['trn1.2xlarge', 8, 32, 'Trainium', 1, 32, 1.3438],
  ['trn1.32xlarge', 128, 512, 'Trainium', 16, 512, 21.5],
  ['c6i.xlarge', 4, 8, '', 0, 0, 0.17],
  ['c6i.4xlarge', 16, 32, '', 0, 0, 0.68],
  ['c6i.16xlarge', 64, 128, '', 0, 0, 2.72],
  ['m6i.xlarge', 4, 16, '', 0, 0, 0.192],
  ['m6i.4xlarge', 16, 64, '', 0, 0, 0.768],
  ['m6i.16xlarge', 64, 256, '', 0, 0, 3.072],
  ['r6i.xlarge', 4, 32, '', 0, 0, 0.252],
  ['r6i.4xlarge', 16, 128, '', 0, 0, 1.008],
  ['r6i.16xlarge', 64, 512, '', 0, 0, 4.032],
];

export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
  ROWS.map(([name, vcpus, memoryGib, chip, chipCount, chipMemoryGib, usdPerHour]) => [
    name,
    { name, vcpus, memoryGib, ...(chip === '' ? {} : { chip }), chipCount, chipMemoryGib, usdPerHour },
  ]),
);

/** The class that EC2 counts a type in: by the letters before the generation's number. */
export function quotaOf(instanceType: string): InstanceQuotaName {
  const letters = /^(vt|inf|trn|g|p)\d/.exec(instanceType)?.[1] ?? '';
  if (letters === 'vt') return 'g';
  return INSTANCE_QUOTAS.find((name) => name === letters) ?? 'standard';
}
