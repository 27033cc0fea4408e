/** The servers of others that the lab starts: Temporal, and the two emulators of AWS. */
import path from 'node:path';
import { LAB_ACCOUNT } from '../aws-env';
import { LOOPBACK, findFreePort } from '../loopback';
import type { Tools } from '../tools';
import type { ProcessTable } from './processes';

const SEARCH_ATTRIBUTES = [
  'CrossfadePhase=Keyword',
  'CrossfadeWorkload=Keyword',
  'CrossfadeVerdict=Keyword',
  'CrossfadeWeight=Int',
];

export async function startTemporal(processes: ProcessTable, tools: Tools): Promise<{ address: string; ui: string }> {
  const [port, uiPort] = [await findFreePort(), await findFreePort()];
  const attributes = SEARCH_ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]);
  const command = [
    tools.temporal,
    'server',
    'start-dev',
    '--ip',
    LOOPBACK,
    '--ui-ip',
    LOOPBACK,
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
    '--log-level',
    'error',
    ...attributes,
  ];
  await processes.startForeign('temporal', command, {}, port);
  return { address: `${LOOPBACK}:${port}`, ui: `http://${LOOPBACK}:${uiPort}` };
}

export async function startEmulators(
  processes: ProcessTable,
  tools: Tools,
  dir: string,
): Promise<{ LAB_MOTO: string; LAB_MINISTACK: string }> {
  const [moto, ministack] = [await findFreePort(), await findFreePort()];
  const bin = path.join(tools.venv, 'bin');
  await Promise.all([
    processes.startForeign(
      'moto',
      [path.join(bin, 'moto_server'), '-H', LOOPBACK, '-p', String(moto)],
      { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
      moto,
    ),
    processes.startForeign(
      'ministack',
      [path.join(bin, 'ministack')],
      {
        BIND_HOST: LOOPBACK,
        GATEWAY_PORT: String(ministack),
        LOG_LEVEL: 'WARNING',
        MINISTACK_ACCOUNT_ID: LAB_ACCOUNT,
        // Its MQTT broker would listen on every interface.
        IOT_MTLS_ENABLED: '0',
        TMPDIR: dir,
      },
      ministack,
    ),
  ]);
  return { LAB_MOTO: `http://${LOOPBACK}:${moto}`, LAB_MINISTACK: `http://${LOOPBACK}:${ministack}` };
}
