/** What stands in the way of a workload, and what may go wrong. */
import type { MethodChoice } from '../domain/data-method';
import { formatBytes } from '../domain/data-quantity';
import type { Inventory, InventoryWorkload } from '../domain/inventory';
import { formatDuration } from '../domain/quantity';
import { HEAVY_BYTES } from './assumptions';
import type { InstanceChoice } from './choose-instance';
import { bytesOf } from './data-moves';
import type { QuotaAnswer } from './quotas';
import { isForeignChip } from './strategy';

export type Concern =
  'data gravity' | 'latency' | 'residency' | 'GPU availability' | 'quota' | 'framework' | 'dependency' | 'unknown';

export interface Finding {
  readonly concern: Concern;
  readonly text: string;
  /** What to do about it. */
  readonly answer: string;
}

export interface Readiness {
  readonly state: 'ready' | 'ready, with risks' | 'blocked';
  readonly blockers: readonly Finding[];
  readonly risks: readonly Finding[];
}

export interface ReadinessFacts {
  readonly instance: InstanceChoice | undefined;
  readonly data: readonly MethodChoice[];
  readonly quota: QuotaAnswer | undefined;
  /** Through this workload; undefined: none. */
  readonly cycle: readonly string[] | undefined;
}

export function judgeReadiness(workload: InventoryWorkload, inventory: Inventory, facts: ReadinessFacts): Readiness {
  const blockers = [
    ...residencyOf(workload, inventory),
    ...cycleOf(facts),
    ...frameworkOf(facts),
    ...(facts.quota?.state === 'short' ? [quotaFinding(facts.quota)] : []),
  ];
  const risks = [
    ...gravityOf(workload, facts),
    ...latencyOf(workload),
    ...(facts.quota?.state === 'unknown' ? [quotaFinding(facts.quota)] : []),
    ...availabilityOf(facts, inventory),
    ...portOf(workload, facts),
    ...unknownsOf(workload, facts),
  ];
  const state = blockers.length > 0 ? 'blocked' : risks.length > 0 ? 'ready, with risks' : 'ready';
  return { state, blockers, risks };
}

function residencyOf({ residency }: InventoryWorkload, { region }: Inventory): Finding[] {
  if (residency === undefined || residency.includes(region)) return [];
  return [
    {
      concern: 'residency',
      text: `its data may be in ${residency.join(', ')} only, and the move goes to ${region}`,
      answer: `assess it in an inventory of its own with region: ${residency[0]}`,
    },
  ];
}

function cycleOf({ cycle }: ReadinessFacts): Finding[] {
  if (cycle === undefined) return [];
  return [
    {
      concern: 'dependency',
      text: `a circle of dependencies: ${cycle.join(' → ')}`,
      answer: 'all of it moves in one wave; cut one of the dependencies to move them one by one',
    },
  ];
}

function frameworkOf({ instance }: ReadinessFacts): Finding[] {
  return (instance?.problems ?? []).map((text) => ({
    concern: text.includes('not in the table') ? ('unknown' as const) : ('framework' as const),
    text,
    answer: text.includes('not in the table')
      ? 'correct instanceType, or leave it out so that one is chosen'
      : 'change the framework or name another instanceType',
  }));
}

function quotaFinding({ text, answer }: QuotaAnswer): Finding {
  return { concern: 'quota', text, answer };
}

function gravityOf(workload: InventoryWorkload, { data }: ReadinessFacts): Finding[] {
  const bytes = bytesOf(workload);
  const slowest = data.reduce<MethodChoice | undefined>(
    (best, each) => ((each.time.value ?? -1) > (best?.time.value ?? -1) ? each : best),
    undefined,
  );
  const chatty = workload.dependsOn
    .filter(({ bytesPerDay = 0 }) => bytesPerDay >= HEAVY_BYTES / 100)
    .map(({ on, bytesPerDay = 0 }) => `${formatBytes(bytesPerDay)} a day cross to ${on}`);
  const heavy =
    bytes < HEAVY_BYTES
      ? []
      : [
          `${formatBytes(bytes)} of data${slowest?.time.value == null ? '' : `, ${formatDuration(slowest.time.value)} on the way (${slowest.method})`}`,
        ];
  return [...heavy, ...chatty].map((text) => ({
    concern: 'data gravity',
    text,
    answer: 'move whoever reads it in the same wave or later; keep it level until then',
  }));
}

function latencyOf({ latencyMaxMs, kind }: InventoryWorkload): Finding[] {
  const strictMs = 10;
  if (kind !== 'inference' || latencyMaxMs === undefined || latencyMaxMs > strictMs) return [];
  return [
    {
      concern: 'latency',
      text: `must answer within ${latencyMaxMs} ms, the way to AWS included`,
      answer: 'measure the round trip from its callers to the region first; move the callers too if it is too long',
    },
  ];
}

/** Types that are scarce, and not offered in every region. */
const SCARCE = /^(p\d|trn|inf|g6e)/;

function availabilityOf({ instance }: ReadinessFacts, { region }: Inventory): Finding[] {
  if (instance === undefined || !SCARCE.test(instance.instanceType)) return [];
  return [
    {
      concern: 'GPU availability',
      text: `${instance.instanceType} is scarce, and whether ${region} has it is not checked`,
      answer: `aws ec2 describe-instance-type-offerings --region ${region} --filters Name=instance-type,Values=${instance.instanceType}; reserve capacity weeks ahead`,
    },
  ];
}

function portOf({ compute }: InventoryWorkload, { instance }: ReadinessFacts): Finding[] {
  const foreign = isForeignChip(compute?.gpu) ? [`code for ${compute?.gpu} is ported`] : [];
  const neuron = /^(inf|trn)/.test(instance?.instanceType ?? '') ? ['the model is compiled for Neuron'] : [];
  return [...foreign, ...neuron].map((text) => ({
    concern: 'framework',
    text: `${text}: outputs and speed may change`,
    answer: 'prove it in shadow before anything else is planned on it',
  }));
}

function unknownsOf(
  { kind, compute, framework, latencyMaxMs, data }: InventoryWorkload,
  { instance }: ReadinessFacts,
): Finding[] {
  const untold = [
    ...(kind !== 'artefact' && compute === undefined ? ['compute'] : []),
    ...(kind === 'inference' && latencyMaxMs === undefined ? ['latencyMax'] : []),
    ...(compute?.gpu !== undefined && framework === undefined ? ['framework'] : []),
    ...data.filter(({ expected }) => expected.bytes === undefined).map(({ name }) => `data ${name}: expected.bytes`),
  ];
  const missing =
    untold.length === 0
      ? []
      : [
          {
            concern: 'unknown' as const,
            text: `not told: ${untold.join(', ')}`,
            answer: 'write it into the inventory and assess again',
          },
        ];
  return [
    ...missing,
    ...(instance?.unchecked ?? []).map((text) => ({
      concern: 'unknown' as const,
      text,
      answer: 'try it on one instance',
    })),
  ];
}
