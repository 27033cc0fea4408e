/** A versitygw with buckets full of random bytes, and rclone beside it; gone afterwards. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../lab/tools';
import { checked, NEVER, NO_FACTS, Places } from '../../test/support/s3/places';
import type { S3Server } from '../../test/support/s3/servers';
import { startVersitygw } from '../../test/support/s3/servers';
import { AT_ONCE } from './peers';

const PART_BYTES = 32 * 1024 ** 2;
/** As few keys a folder as a file system likes, and as many as make a listing of many pages. */
const KEYS_A_FOLDER = 1_000;

export class Stage {
  private bucketCount = 0;

  private constructor(
    readonly server: S3Server,
    readonly rclone: string,
    private readonly places: Places,
  ) {}

  static async use<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
    const server = await startVersitygw(findProgram('versitygw'));
    const stop = (): void => void server.stop().finally(() => process.exit(130));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const places = new Places(server);
    try {
      return await act(new Stage(server, findProgram('rclone'), places));
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      await places.close();
      await server.stop();
    }
  }

  /** Made as a folder: what a bucket is to this server. @returns its name. */
  emptyBucket(): string {
    const bucket = `bench-${(this.bucketCount += 1)}`;
    mkdirSync(path.join(this.server.folder, bucket));
    return bucket;
  }

  remove(bucket: string): void {
    rmSync(path.join(this.server.folder, bucket), { recursive: true, force: true });
  }

  /** Objects of so many random bytes, all different. */
  async fill(bucket: string, count: number, bytes: number): Promise<void> {
    const store = await this.places.open(`s3://${bucket}`);
    let next = 0;
    const keep = async (): Promise<void> => {
      while (next < count) {
        const key = keyOf(next++);
        if (bytes <= PART_BYTES) await store.put(key, checked(randomBytes(bytes)), NO_FACTS, NEVER);
        else await fillInParts(store, key, bytes);
      }
    };
    await Promise.all(Array.from({ length: bytes <= PART_BYTES ? AT_ONCE : 1 }, keep));
  }
}

async function fillInParts(store: Awaited<ReturnType<Places['open']>>, key: string, bytes: number): Promise<void> {
  const upload = await store.beginUpload(key, NO_FACTS, PART_BYTES, 'crc32', NEVER);
  const parts = [];
  for (let from = 0; from < bytes; from += PART_BYTES) {
    const body = checked(randomBytes(Math.min(PART_BYTES, bytes - from)));
    parts.push(await store.putPart(upload, parts.length + 1, body, NEVER));
  }
  await store.completeUpload(upload, parts, undefined, NEVER);
}

function keyOf(index: number): string {
  const folder = String(Math.floor(index / KEYS_A_FOLDER)).padStart(4, '0');
  return `data/${folder}/${String(index).padStart(8, '0')}.bin`;
}

/** Fetched first where it is not there. */
export function findProgram(name: 'versitygw' | 'rclone'): string {
  return execFileSync(process.execPath, [path.join(packageRoot(), 'scripts/go-program.mjs'), name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
