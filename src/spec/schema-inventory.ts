/** The inventory that `crossfade assess` reads. */
import { z } from 'zod';
import { INSTANCE_QUOTAS } from '../domain/instance-types';
import { WORKLOAD_KINDS } from '../domain/inventory';
import { parseTime } from '../domain/quantity';
import { count, name, positiveDuration } from './scalars';
import { bytesText, expectedData, positive } from './schema-data';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, strict, supported } from './strict';

const HOURS_PER_MONTH = 730;
const WORKLOADS_MAX = 10_000;
const PARALLEL_DEFAULT = 4;

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower case letters, digits and inner hyphens');
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1');
const version = z.string().regex(/^\d+(\.\d+)*$/, "must be a version such as '12.1', in quotes");
const usd = z.number().min(0).max(1e9);
const date = z
  .string()
  .refine(
    (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTime(text) !== undefined,
    'must be a date such as 2027-06-30',
  );

const dependency = z.preprocess(
  (written) => (typeof written === 'string' ? { on: written } : written),
  strict({
    on: label.describe('Name of another workload of this inventory.'),
    perDay: bytesText.optional().describe('What crosses between the two: 20GB.'),
    latencyMax: positiveDuration.optional().describe('Longest accepted round trip between the two: 5ms.'),
  }),
);

const compute = strict({
  instances: z.int().min(1).max(10_000).prefault(1),
  gpu: z.string().min(1).max(40).optional().describe('A100, V100, T4, …; left out: none.'),
  gpuCount: z.int().min(1).max(64).prefault(1).describe('In one machine.'),
  gpuMemory: positive(bytesText).optional().describe('That the model needs: 18GB.'),
  vcpus: z.int().min(1).max(1_000).optional(),
  memory: positive(bytesText).optional().describe('Of one machine: 64GB.'),
  hoursPerMonth: z.number().gt(0).max(744).prefault(HOURS_PER_MONTH).describe('For which it runs; 730 is always.'),
});

const framework = strict({
  name: z.string().min(1).max(40).optional().describe('pytorch, tensorflow, jax, …'),
  cuda: version.optional(),
  pytorch: version.optional(),
  customKernels: z.boolean().prefault(false).describe('CUDA kernels of its own: they run on no other chip.'),
});

const dataSet = strict({
  name: label,
  from: z.string().min(1).max(1_024).describe('s3://…, nfs://…, postgres://…: where it is today.'),
  kind: supported('objects', 'files', 'database').prefault('objects'),
  expected: expectedData.prefault({}),
});

const workload = strict({
  name: label,
  kind: z.enum(WORKLOAD_KINDS),
  owner: name.optional(),
  runsOn: supported('bare-metal', 'virtual-machine', 'container', 'managed').prefault('virtual-machine'),
  dependsOn: z.array(dependency).prefault([]).describe('What must be there first: names, or {on, perDay, latencyMax}.'),
  compute: compute.optional(),
  instanceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as g5.xlarge')
    .optional()
    .describe('On AWS, where it is decided; left out: chosen.'),
  latencyMax: positiveDuration.optional().describe('Longest accepted P99 of an answer: 10ms.'),
  residency: z.array(region).min(1).optional().describe('Regions that its data may be in.'),
  framework: framework.optional(),
  checkpointEvery: positiveDuration.optional().describe('Of a training run: 15m.'),
  restartable: z.boolean().prefault(true).describe('Whether a step that was interrupted may be run again.'),
  monthlyUsdNow: usd.optional(),
  requestsPerSecond: z.number().gt(0).max(1e6).optional(),
  requestSize: positive(bytesText).optional().describe('Request and answer together: 1kB.'),
  data: z.array(dataSet).prefault([]),
});

const vcpus = z.strictObject(
  Object.fromEntries(INSTANCE_QUOTAS.map((each) => [each, count.optional()])) as Record<
    (typeof INSTANCE_QUOTAS)[number],
    z.ZodOptional<typeof count>
  >,
  {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `unknown key; known here: ${INSTANCE_QUOTAS.join(', ')}` : undefined,
  },
);

export const inventorySchema = strict({
  apiVersion: z.literal('crossfade/v1'),
  kind: z.literal('inventory'),
  name: label,
  region,
  start: date.optional().describe('When the first wave may begin.'),
  deadline: date.optional().describe('When everything must have moved.'),
  parallel: z.int().min(1).max(1_000).prefault(PARALLEL_DEFAULT).describe('Workloads that move at the same time.'),
  dayRateUsd: usd.optional().describe("What a day of a person's work costs."),
  quotas: strict({ onDemand: vcpus.prefault({}), spot: vcpus.prefault({}) })
    .prefault({})
    .describe("vCPUs that the account may run, by Service Quotas' class; left out: not known."),
  workloads: z.array(workload).min(1).max(WORKLOADS_MAX).superRefine(checkNames, EVEN_IF_WRONG_LIST),
}).superRefine(checkTimes, EVEN_IF_WRONG);

export type WrittenInventory = z.output<typeof inventorySchema>;

interface Named {
  readonly name?: unknown;
  readonly dependsOn?: unknown;
}

/** Names are unique, and whatever is depended on is there. */
function checkNames(list: unknown, context: z.RefinementCtx): void {
  const workloads = (list as readonly unknown[]).map((each): Named => (each ?? {}) as Named);
  const first = new Map<unknown, number>();
  workloads.forEach(({ name: each }, index) => {
    const earlier = first.get(each);
    if (typeof each === 'string' && earlier !== undefined)
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `is the name of workloads[${earlier}] too` });
    else first.set(each, index);
  });
  workloads.forEach(({ name: own, dependsOn }, index) => {
    if (!Array.isArray(dependsOn)) return;
    (dependsOn as readonly unknown[]).forEach((each, place) => {
      const on = typeof each === 'string' ? each : (each as { on?: unknown } | null)?.on;
      const path = [index, 'dependsOn', place];
      if (typeof on !== 'string') return;
      if (on === own) context.addIssue({ code: 'custom', path, message: 'is the workload itself' });
      else if (!first.has(on)) context.addIssue({ code: 'custom', path, message: `no workload is called ${on}` });
    });
  });
}

function checkTimes(document: unknown, context: z.RefinementCtx): void {
  const { start, deadline } = document as { start?: unknown; deadline?: unknown };
  const [startMs, deadlineMs] = [parseTime(start), parseTime(deadline)];
  if (deadlineMs === undefined) return;
  if (start === undefined)
    context.addIssue({ code: 'custom', path: ['deadline'], message: 'needs start: without it days have no date' });
  else if (startMs !== undefined && deadlineMs <= startMs)
    context.addIssue({ code: 'custom', path: ['deadline'], message: 'must be after start' });
}
