/** Processor time of processes, as Linux counts it. */
import { readFileSync } from 'node:fs';

/** Linux tells it in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/** Of all threads, user and system, since the start. What other processes do does not change it much. @throws when it has ended. */
export function processorMs(pid: number): number {
  // The name of the program, in parentheses, may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
