import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOPBACK } from '../../lab/loopback';
import type { ShadowAccount } from '../../src/domain/evidence';
import type { ShadowOrder } from '../../src/ports/shadow';
import { lapOf } from '../support/open-loop';
import type { Lap } from '../support/open-loop';
import { startNginx } from './nginx';
import { startGenerator, startModel, startTap } from './processes';
import type { Generator, Model, Running, TapProcess } from './processes';

export const PATHS = ['direct', 'nginx', 'tap'] as const;
export type PathName = (typeof PATHS)[number];

export interface TapAccount {
  readonly account: ShadowAccount;
  readonly unaccounted: number;
  readonly now: { readonly openRequests: number };
}

const SETTLE_MS_MAX = 60_000;
const ASK_EVERY_MS = 100;
/** Within the tolerance, so that answers are compared number by number. */
const TARGET_STEP = 1e-6;

/** Source, target and the three ways to the source: none, nginx's mirror, the tap. All copy every request. */
export class Stage {
  sentToTap = 0;

  private constructor(
    private readonly folder: string,
    private readonly source: Model,
    readonly target: Model,
    private readonly nginx: Running,
    readonly tap: TapProcess,
    private readonly generator: Generator,
  ) {}

  static async use<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-tap-'));
    const [source, target] = [await startModel(0), await startModel(TARGET_STEP)];
    const nginx = await startNginx(folder, source.port, target.port);
    const tap = await startTap(source.port);
    const stage = new Stage(folder, source, target, nginx, tap, startGenerator());
    const stop = (): void => void stage.stop().finally(() => process.exit(130));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      const order: ShadowOrder = {
        fraction: 1,
        target: { url: `http://${LOOPBACK}:${target.port}`, headers: {} },
        equivalence: { relativeTolerance: 1e-4, absoluteTolerance: 1e-6, mismatchRateMax: 0 },
      };
      await tap.ask('PUT', '/v1/shadow', order);
      return await play(stage);
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      await stage.stop();
    }
  }

  async lap(name: PathName, dueMs: readonly number[], bodyBytes: number): Promise<Lap> {
    const port = { direct: this.source.port, nginx: this.nginx.port, tap: this.tap.port }[name];
    const played = await this.generator.play({ port, dueMs, bodyBytes });
    if (name === 'tap') this.sentToTap += played.sentCount;
    return lapOf(played);
  }

  /** Once every request is settled. */
  async account(): Promise<TapAccount> {
    const deadlineMs = performance.now() + SETTLE_MS_MAX;
    for (;;) {
      const account = await this.tap.ask<TapAccount>('GET', '/v1/account');
      if (account.now.openRequests === 0 || performance.now() > deadlineMs) return account;
      await delay(ASK_EVERY_MS);
    }
  }

  private async stop(): Promise<void> {
    const running = [this.generator, this.tap, this.nginx, this.target, this.source];
    await Promise.all(running.map((each) => each.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
