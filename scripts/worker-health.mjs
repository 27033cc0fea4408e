/**
 * Whether the worker on this machine is well: the server has seen it ask for work, on each of its queues, a short while
 * ago. Runs beside the worker, with the same environment, as its container's health check. Exit 0 or 1, one line.
 */
import os from 'node:os';
import { Connection } from '@temporalio/client';
import config from '../dist/src/config.js';

const QUEUES = ['crossfade', 'crossfade-observe', 'crossfade-rollback'];
/** The observers' queue runs activities only, the others both; each is looked at by what it must have. */
const QUEUE_TYPE = { crossfade: 1, 'crossfade-observe': 2, 'crossfade-rollback': 1 };
/** A poll waits for up to a minute. */
const SEEN_WITHIN_MS = 150_000;

/** @returns the queues that this machine does not serve. */
async function unservedQueues({ connection: options, namespace }) {
  const connection = await Connection.connect(options);
  try {
    const unserved = [];
    for (const name of QUEUES) {
      const request = { namespace, taskQueue: { name }, taskQueueType: QUEUE_TYPE[name] };
      const { pollers } = await connection.workflowService.describeTaskQueue(request);
      if (!(pollers ?? []).some(isOurs)) unserved.push(name);
    }
    return unserved;
  } finally {
    await connection.close();
  }
}

/** Workers call themselves `pid@host`. */
function isOurs({ identity, lastAccessTime }) {
  const seenMs = Number(lastAccessTime?.seconds ?? 0) * 1_000;
  return identity?.endsWith(`@${os.hostname()}`) === true && Date.now() - seenMs < SEEN_WITHIN_MS;
}

try {
  const unserved = await unservedQueues(config.loadConfig().temporal);
  console.log(unserved.length === 0 ? 'well' : `no worker of ${os.hostname()} on ${unserved.join(', ')}`);
  process.exitCode = unserved.length === 0 ? 0 : 1;
} catch (error) {
  console.log(error instanceof Error ? error.message.split('\n')[0] : String(error));
  process.exitCode = 1;
}
