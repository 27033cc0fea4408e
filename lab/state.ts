/** What a lab writes down about itself, so that any process can find it, and its leftovers after a kill. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LabInfo } from './info';
import { packageRoot } from './tools';

/** A process by number and start time: numbers are reused, the pair is not. */
export interface RecordedProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
}

export interface LabState {
  readonly status: 'starting' | 'ready' | 'failed';
  readonly error?: string;
  readonly processes: readonly RecordedProcess[];
  /** The daemon's own endpoint; the token keeps other local programs (and web pages) out. */
  readonly control?: { readonly url: string; readonly token: string };
  readonly info?: LabInfo;
}

export function labDir(): string {
  return path.resolve(process.env['CROSSFADE_LAB_DIR'] ?? path.join(packageRoot(), '.lab'));
}

/** Where file servers and file systems of the lab have their files: a folder each, by host, as DataSync sees them. */
export const filesDir = (dir: string): string => path.join(dir, 'files');

const stateFile = (dir: string): string => path.join(dir, 'lab.json');

export function readState(dir: string): LabState | undefined {
  if (!existsSync(stateFile(dir))) return undefined;
  return JSON.parse(readFileSync(stateFile(dir), 'utf8')) as LabState;
}

export function writeState(dir: string, state: LabState): void {
  mkdirSync(dir, { recursive: true });
  const draft = `${stateFile(dir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(draft, stateFile(dir));
}

export function removeState(dir: string): void {
  rmSync(stateFile(dir), { force: true });
}

/** When the process started, in the system's own words; undefined when there is none (a zombie counts as none). */
export function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in parentheses, may hold spaces: count the fields after it. State is field 3, start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function recordProcess(name: string, pid: number): RecordedProcess {
  return { name, pid, startedAt: startTimeOf(pid) ?? '' };
}

export function isAlive(recorded: RecordedProcess): boolean {
  return recorded.startedAt !== '' && startTimeOf(recorded.pid) === recorded.startedAt;
}

/** Sends the signal only if the number still belongs to the process that was recorded. */
export function signalRecorded(recorded: RecordedProcess, signal: NodeJS.Signals): void {
  if (!isAlive(recorded)) return;
  try {
    process.kill(recorded.pid, signal);
  } catch {
    // It ended between the look and the kill.
  }
}

/** Ends what a lab left running: daemon first, so that it does not restart or report its children. */
export function clearLeftovers(dir: string): number {
  const left = (readState(dir)?.processes ?? []).filter(isAlive);
  for (const recorded of left) signalRecorded(recorded, 'SIGKILL');
  removeState(dir);
  return left.length;
}
