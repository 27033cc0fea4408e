/** The worker's connection to Temporal: tried for a bounded time, and checked before the first task. */
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { MigrationError } from '../domain/errors';

const CONNECT_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const PAUSE_MS_MAX = 2_000;

/** The connection itself tries once. @throws TemporalUnreachable after about ten seconds. */
export async function connectToTemporal(
  options: NativeConnectionOptions,
  withinMs = CONNECT_WITHIN_MS,
): Promise<NativeConnection> {
  const giveUpAt = performance.now() + withinMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    try {
      // The deadline is here as well, because an address that swallows packets lets one try hang.
      return await atMost(giveUpAt - performance.now(), NativeConnection.connect(options));
    } catch (error) {
      if (performance.now() + pauseMs >= giveUpAt) {
        const why = (error as Error).message.split('\n')[0];
        throw new MigrationError('TemporalUnreachable', `Temporal is not reachable at ${options.address}: ${why}`, {
          cause: error,
        });
      }
      await delay(pauseMs);
    }
  }
}

async function atMost(limitMs: number, connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), limitMs);
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    // One that comes after all would keep the process alive.
    connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
