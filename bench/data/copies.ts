/** One way of copying a bucket a run, each on its own empty target. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AT_ONCE, ours, product, rclone, RCLONE_AT_ONCE, remote } from './peers';
import { run, runWell } from './program';
import type { Run } from './program';
import type { Stage } from './stage';

export type Copy = (stage: Stage, from: string, to: string) => Promise<Run>;

export const rcloneCopy: Copy = (stage, from, to) =>
  runWell(rclone(stage.rclone, stage.server, ['copy', remote(from), remote(to), ...RCLONE_AT_ONCE]));

/** What proves as much as a copy of ours: both sides read whole. */
export const rcloneCopyAndCheck: Copy = async (stage, from, to) => {
  const copied = await rcloneCopy(stage, from, to);
  const args = ['check', '--download', remote(from), remote(to), ...RCLONE_AT_ONCE];
  return inARow(copied, await runWell(rclone(stage.rclone, stage.server, args)));
};

/** Listing and copying with nothing around it: the floor of the product. */
export const storeCopy: Copy = (stage, from, to) =>
  runWell(ours(stage.server, 'store-copy.js', [`s3://${from}`, `s3://${to}`]));

/** Nothing is proven, as rclone proves nothing: the command says so and ends with 1. */
export const productCopy: Copy = async (stage, from, to) => {
  const made = await inState(stage, from, to, 'none');
  const { failed, proofs } = resultIn(made).tally;
  if (failed > 0 || made.code !== 1) throw new Error(`${failed} failed, ${proofs.none} copied: ${made.output}`);
  return made;
};

/** @throws Error when it does not prove all of it: the command then ends with 1. */
export const productCopyProven: Copy = async (stage, from, to) => {
  const made = await inState(stage, from, to, 'changed');
  if (made.code !== 0 || !resultIn(made).isProven) throw new Error(`not proven: ${made.output}`);
  return made;
};

interface Result {
  readonly isProven: boolean;
  readonly tally: { readonly failed: number; readonly proofs: { readonly none: number } };
}

function resultIn({ output }: Run): Result {
  return (JSON.parse(output) as { result: Result }).result;
}

async function inState(stage: Stage, from: string, to: string, verify: string): Promise<Run> {
  const state = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-state-'));
  try {
    return await run(productCommand(stage, from, to, ['--state', state, '--verify', verify]));
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

export function productCommand(
  stage: Stage,
  from: string,
  to: string,
  further: readonly string[],
): ReturnType<typeof product> {
  const { endpoint } = stage.server;
  const places = ['--from', `s3://${from}`, '--to', `s3://${to}`];
  const endpoints = ['--from-endpoint', endpoint, '--to-endpoint', endpoint];
  return product(stage.server, ['copy', ...places, ...endpoints, '--transfers', String(AT_ONCE), '--json', ...further]);
}

function inARow(first: Run, second: Run): Run {
  return {
    seconds: first.seconds + second.seconds,
    mbMax: Math.max(first.mbMax, second.mbMax),
    processorSeconds: first.processorSeconds + second.processorSeconds,
    output: first.output + second.output,
    code: second.code,
  };
}

/** Objects are files of the server's folder. */
export function countObjects(stage: Stage, bucket: string): number {
  const entries = readdirSync(path.join(stage.server.folder, bucket), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
