/** The taps in front of sources: each is a process of the product's own. */
import { existsSync } from 'node:fs';
import { LOOPBACK, findFreePort } from '../loopback';
import { program } from '../tools';
import type { ProcessTable } from './processes';

/** @returns undefined where the tap is not built. @param token what its control address asks for. */
export async function startTap(
  processes: ProcessTable,
  { workload, source, token }: { readonly workload: string; readonly source: string; readonly token: string },
): Promise<{ listen: string; control: string } | undefined> {
  const script = program('src/tap/main.js');
  if (!existsSync(script)) return undefined;
  const [listen, control] = [await findFreePort(), await findFreePort()];
  await processes.startForeign(
    `tap-${workload}`,
    [process.execPath, '--max-old-space-size=128', script],
    {
      CROSSFADE_TAP_LISTEN: `${LOOPBACK}:${listen}`,
      CROSSFADE_TAP_CONTROL: `${LOOPBACK}:${control}`,
      CROSSFADE_TAP_SOURCE: source,
      CROSSFADE_TAP_TOKEN: token,
    },
    listen,
  );
  return { listen: `http://${LOOPBACK}:${listen}`, control: `http://${LOOPBACK}:${control}` };
}
