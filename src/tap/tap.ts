import type { TapConfig } from './config';
import { controlListener } from './control';
import { Front } from './front';
import type { TapOptions } from './front';
import { openUserServer } from '../server/user-server';

export interface Tap {
  readonly listenPort: number;
  readonly controlPort: number;
  /** Takes no new connections, answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** @throws ConfigInvalid when an address cannot be listened on. */
export async function startTap(config: TapConfig, options: TapOptions): Promise<Tap> {
  const front = new Front(config, options);
  const users = await openUserServer(config.listen, (request, response) => front.serve(request, response));
  const control = await openUserServer(config.control, controlListener(front));
  return {
    listenPort: users.port,
    controlPort: control.port,
    stop: async () => {
      await users.stop();
      await control.stop();
      await front.stop();
    },
  };
}
