/** Memory of processes, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Megabytes {
  /** Everything resident, pages that are shared with others included. */
  readonly rss: number;
  /** As `rss`, with each shared page divided among those who share it: what may be summed over processes. */
  readonly pss: number;
}

/** Zero for a process that has ended. */
export function processMb(pid: number): Megabytes {
  const text = readOrEmpty(`/proc/${pid}/smaps_rollup`);
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { rss: kilobytes('Rss') / 1_024, pss: kilobytes('Pss') / 1_024 };
}

/** Children, their children and so on, in no order. */
export function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    // The name of the program, in parentheses, may hold anything.
    const parent = Number(/.*\) \S (\d+)/.exec(readOrEmpty(`/proc/${name}/stat`))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
