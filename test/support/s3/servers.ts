/** Real S3 servers over a folder of their own, on loopback, for as long as a test or a bench runs. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LAB_ACCOUNT, LAB_REGION } from '../../../lab/aws-env';
import { exchange, findFreePort, LOOPBACK } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';

/** undefined: there is none on this machine; `npm test` brings it. */
export const VERSITYGW = process.env['CROSSFADE_VERSITYGW'];
/** As VERSITYGW. */
export const RCLONE = process.env['CROSSFADE_RCLONE'];

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 50;

export interface S3Server {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly pid: number;
  /** Where its buckets and their objects are files; empty where they are not. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Buckets are folders of `folder`/data. @param keepsVersions whether they can be made to keep versions. */
export async function startVersitygw(program: string, parent = tmpdir(), keepsVersions = false): Promise<S3Server> {
  const folder = mkdtempSync(path.join(parent, 'crossfade-versitygw-'));
  const data = path.join(folder, 'data');
  const versions = path.join(folder, 'versions');
  for (const each of [data, versions]) mkdirSync(each);
  const more = keepsVersions ? ['--versioning-dir', versions] : [];
  const credentials = { accessKeyId: 'crossfade', secretAccessKey: 'crossfade-secret' };
  const port = await findFreePort();
  const child = spawn(program, ['--quiet', '--keep-alive', '--port', `${LOOPBACK}:${port}`, 'posix', ...more, data], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
  });
  return ready({ name: 'versitygw', port, child, folder, data, credentials });
}

export async function startMinistack(): Promise<S3Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crossfade-ministack-'));
  const port = await findFreePort();
  const child = spawn(path.join(readTools().venv, 'bin', 'ministack'), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      BIND_HOST: LOOPBACK,
      GATEWAY_PORT: String(port),
      LOG_LEVEL: 'ERROR',
      MINISTACK_ACCOUNT_ID: LAB_ACCOUNT,
      IOT_MTLS_ENABLED: '0',
      TMPDIR: folder,
    },
  });
  const credentials = { accessKeyId: LAB_ACCOUNT, secretAccessKey: 'lab' };
  return ready({ name: 'ministack', port, child, folder, data: '', credentials });
}

interface Started extends Pick<S3Server, 'name' | 'credentials' | 'folder'> {
  readonly port: number;
  readonly child: ChildProcess;
  readonly data: string;
}

async function ready({ name, port, child, folder, data, credentials }: Started): Promise<S3Server> {
  const endpoint = `http://${LOOPBACK}:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    // Any answer will do: a refusal is one.
    const answers = await exchange(endpoint, { timeoutMs: 1_000 }).then(
      () => true,
      () => false,
    );
    if (answers) return { name, endpoint, region: LAB_REGION, credentials, pid: child.pid ?? 0, folder: data, stop };
    await delay(ASK_EVERY_MS);
  }
  await stop();
  throw new Error(`${name} was not ready within ${READY_WITHIN_MS} ms`);
}
