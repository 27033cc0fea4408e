/** moto behind a port of its own, with nothing in it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { exchange, findFreePort, LOOPBACK } from '../../lab/loopback';
import { readTools } from '../../lab/tools';
import { eventually } from '../lab/eventually';

export class Moto {
  private constructor(
    readonly url: string,
    private readonly program: ChildProcess,
  ) {}

  static async start(): Promise<Moto> {
    const port = await findFreePort();
    const program = path.join(readTools().venv, 'bin', 'moto_server');
    const moto = new Moto(
      `http://${LOOPBACK}:${port}`,
      spawn(program, ['-H', LOOPBACK, '-p', String(port)], { stdio: 'ignore' }),
    );
    await eventually(() => exchange(`${moto.url}/moto-api/`));
    return moto;
  }

  async stop(): Promise<void> {
    const gone = once(this.program, 'exit');
    this.program.kill('SIGKILL');
    await gone;
  }
}
