/** Who moves with whom, and in which order: the playbook's, unless a dependency wants another. */
import type { InventoryWorkload } from '../domain/inventory';
import { BETWEEN_SITES_MS } from './assumptions';
import type { Edges } from './graph';
import { circleIn, groupsOf } from './graph';
import { STAGES } from './kinds';

export interface Wave {
  /** From 1. */
  readonly number: number;
  readonly stage: string;
  readonly workloads: readonly string[];
  /** The same names; those of one group move at the same time. */
  readonly groups: readonly (readonly string[])[];
}

export interface WavePlan {
  readonly waves: readonly Wave[];
  /** `a → b → a`: those in it move together. */
  readonly cycles: readonly (readonly string[])[];
  /** Workload → why it does not move in the order of its kind, or with whom. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
}

interface Unit {
  readonly members: readonly string[];
  readonly rank: number;
  /** Within its rank: after those that it depends on. */
  readonly level: number;
}

function isTight({ latencyMaxMs }: InventoryWorkload['dependsOn'][number]): boolean {
  return latencyMaxMs !== undefined && latencyMaxMs < BETWEEN_SITES_MS;
}

export function planWaves(workloads: readonly InventoryWorkload[]): WavePlan {
  const edges: Edges = new Map(workloads.map(({ name, dependsOn }) => [name, dependsOn.map(({ on }) => on)]));
  const cycles = groupsOf(edges)
    .filter((group) => group.length > 1)
    .map((group) => circleIn(group, edges));
  const units = unitsOf(workloads, edges);
  return { waves: numbered(units), cycles, notes: notesOf(workloads, units) };
}

/** Those who must not be apart are one unit; a unit comes after all that it depends on. */
function unitsOf(workloads: readonly InventoryWorkload[], edges: Edges): Unit[] {
  const kinds = new Map(workloads.map(({ name, kind }) => [name, STAGES[kind].rank]));
  const tied = new Map([...edges].map(([name, to]) => [name, [...to]]));
  for (const { name, dependsOn } of workloads)
    for (const dependency of dependsOn) if (isTight(dependency)) tied.get(dependency.on)?.push(name);
  const unitOf = new Map<string, Unit>();
  const units: Unit[] = [];
  for (const members of groupsOf(tied)) {
    const before = members
      .flatMap((name) => edges.get(name) ?? [])
      .flatMap((on) => (members.includes(on) ? [] : (unitOf.get(on) ?? [])));
    const rank = Math.max(...members.map((name) => kinds.get(name) ?? 0), ...before.map((unit) => unit.rank));
    const level = Math.max(0, ...before.filter((unit) => unit.rank === rank).map((unit) => unit.level + 1));
    const unit: Unit = { members, rank, level };
    units.push(unit);
    for (const name of members) unitOf.set(name, unit);
  }
  return units;
}

function numbered(units: readonly Unit[]): Wave[] {
  const stages = new Map(Object.values(STAGES).map(({ rank, stage }) => [rank, stage]));
  const together = new Map<string, Unit[]>();
  for (const unit of units) {
    const key = `${unit.rank}.${unit.level}`;
    const others = together.get(key);
    if (others === undefined) together.set(key, [unit]);
    else others.push(unit);
  }
  const sorted = [...together.values()].sort(
    ([a], [b]) => (a?.rank ?? 0) - (b?.rank ?? 0) || (a?.level ?? 0) - (b?.level ?? 0),
  );
  return sorted.map((members, index) => {
    const groups = members.map((unit) => [...unit.members].sort());
    const rank = members[0]?.rank ?? 0;
    return { number: index + 1, stage: stages.get(rank) ?? '', workloads: groups.flat().sort(), groups };
  });
}

function notesOf(workloads: readonly InventoryWorkload[], units: readonly Unit[]): Map<string, string[]> {
  const unitOf = new Map(units.flatMap((unit) => unit.members.map((name): [string, Unit] => [name, unit])));
  return new Map(
    workloads.map(({ name, kind, dependsOn }) => {
      const unit = unitOf.get(name);
      const notes: string[] = [];
      if (unit !== undefined && unit.members.length > 1)
        notes.push(`moves together with ${unit.members.filter((each) => each !== name).join(', ')}`);
      for (const dependency of dependsOn.filter(isTight))
        notes.push(
          `asks ${dependency.on} within ${dependency.latencyMaxMs} ms; between sites ${BETWEEN_SITES_MS} ms are taken for granted`,
        );
      const rank = STAGES[kind].rank;
      const later = dependsOn
        .map(({ on }) => on)
        .filter((on) => (unitOf.get(on)?.rank ?? 0) > rank && unitOf.get(on) !== unit);
      if (later.length > 0) notes.push(`later than its kind: it needs ${later.join(', ')}`);
      return [name, notes];
    }),
  );
}
