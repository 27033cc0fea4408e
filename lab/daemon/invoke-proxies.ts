/** Instances of the lab whose user data starts the invoke proxy: each is a process of the product's own. */
import { program } from '../tools';
import { LOOPBACK, findFreePort } from '../loopback';
import type { ProcessTable } from './processes';

const PROXY_SCRIPT = 'src/proxy/main.js';

/** @returns what the script would set; undefined when it starts something else. */
export function proxyVariables(userData: string): Record<string, string> | undefined {
  if (!userData.includes(' invoke-proxy')) return undefined;
  const flags = userData.matchAll(/-e (CROSSFADE_PROXY_\w+)='([^']*)'/g);
  return Object.fromEntries([...flags].map(([, name = '', value = '']) => [name, value]));
}

export class InvokeProxies {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly processes: ProcessTable,
    /** How such a process reaches the lab's AWS. */
    private readonly awsEnv: () => Readonly<Record<string, string>>,
  ) {}

  /** @returns where it listens, once it does. */
  async start(instanceId: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const name = `proxy-${instanceId}`;
    const port = await findFreePort();
    this.names.set(instanceId, name);
    await this.processes.startForeign(
      name,
      [process.execPath, '--max-old-space-size=96', program(PROXY_SCRIPT)],
      // Every instance has the whole machine to itself on AWS, and a port of its own here.
      { ...this.awsEnv(), ...variables, CROSSFADE_PROXY_LISTEN: `${LOOPBACK}:${port}` },
      port,
    );
    return `http://${LOOPBACK}:${port}`;
  }

  /** @returns whether there was one. */
  async stop(instanceId: string): Promise<boolean> {
    const name = this.names.get(instanceId);
    if (name === undefined) return false;
    this.names.delete(instanceId);
    await this.processes.stop(name);
    return true;
  }
}
