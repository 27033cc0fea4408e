/** Groups of names that hang on each other in a circle. Tarjan's algorithm, with its own stack: depth has no limit. */

export type Edges = ReadonlyMap<string, readonly string[]>;

interface Frame {
  readonly name: string;
  next: number;
}

/** @returns every name in exactly one group; a group comes after all that it depends on. */
export function groupsOf(edges: Edges): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const groups: string[][] = [];
  const lower = (name: string, to: number): void => void low.set(name, Math.min(low.get(name) ?? to, to));

  const enter = (name: string, frames: Frame[]): void => {
    index.set(name, index.size);
    low.set(name, index.size - 1);
    open.push(name);
    isOpen.add(name);
    frames.push({ name, next: 0 });
  };
  const close = (name: string): void => {
    const group: string[] = [];
    for (let last = open.pop(); last !== undefined; last = open.pop()) {
      isOpen.delete(last);
      group.push(last);
      if (last === name) break;
    }
    groups.push(group.reverse());
  };

  for (const root of edges.keys()) {
    if (index.has(root)) continue;
    const frames: Frame[] = [];
    enter(root, frames);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const to = edges.get(frame.name)?.[frame.next];
      frame.next += 1;
      if (to === undefined) {
        frames.pop();
        const above = frames.at(-1);
        if (above !== undefined) lower(above.name, low.get(frame.name) ?? 0);
        if (low.get(frame.name) === index.get(frame.name)) close(frame.name);
      } else if (!index.has(to)) enter(to, frames);
      else if (isOpen.has(to)) lower(frame.name, index.get(to) ?? 0);
    }
  }
  return groups;
}

/** One circle through a group: `a → b → a`. @param group of two or more, as `groupsOf` gives it. */
export function circleIn(group: readonly string[], edges: Edges): string[] {
  const members = new Set(group);
  const path: string[] = [];
  const at = new Map<string, number>();
  let name = group[0] ?? '';
  while (!at.has(name)) {
    at.set(name, path.length);
    path.push(name);
    name = edges.get(name)?.find((to) => members.has(to)) ?? name;
  }
  return [...path.slice(at.get(name)), name];
}
