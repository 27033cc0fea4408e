/** A migration's moves between two places in memory. */
import { COPY_LIMITS } from '../../src/data/copy';
import { EngineMover } from '../../src/data/mover';
import type { DataSetSpec } from '../../src/domain/spec';
import type { MoveOrder, MoveProgress } from '../../src/ports/data-mover';
import type { StoreOptions } from '../../src/ports/data-places';
import { MemoryManifests } from './copying';
import { MemoryPlace } from './memory-place';

export const FROM = 's3://models/ranker';
export const TO = 's3://target/model';
export const SET: DataSetSpec = { name: 'model', from: FROM, to: TO, method: 'auto', infrequentAccessAfterDays: 30 };
export const LIMITS = { ...COPY_LIMITS, objectsMax: 1, keepEveryMs: 1 };

/** Two places and a memory that outlive the attempts on them. */
export class Move {
  readonly from = new MemoryPlace(FROM);
  readonly to = new MemoryPlace(TO);
  readonly memories = new Map<string, MemoryManifests>();
  readonly opened: [string, Omit<StoreOptions, 'onNotice'>][] = [];
  readonly progress: MoveProgress[] = [];
  stop = new AbortController();
  nowMs = 0;

  constructor(...keys: readonly string[]) {
    for (const key of keys) this.from.set(key, `content of ${key}`);
  }

  mover(limits = LIMITS): EngineMover {
    const clock = {
      now: () => (this.nowMs += 1),
      random: () => 0.5,
      sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
    };
    const places = {
      openStore: async (url: string, { onNotice: _onNotice, ...writes }: StoreOptions) => {
        this.opened.push([url, writes]);
        return url.startsWith(FROM) ? this.from : this.to;
      },
      openManifests: (url: string) => this.memory(url),
    };
    return new EngineMover(places, clock, limits);
  }

  memory(url: string): MemoryManifests {
    const memory = this.memories.get(url) ?? new MemoryManifests();
    this.memories.set(url, memory);
    return memory;
  }

  order(orderId = 'order-1'): MoveOrder {
    const onProgress = (progress: MoveProgress): void => void this.progress.push(progress);
    return { ledger: 's3://ledger/x', workload: 'ranker', orderId, signal: this.stop.signal, onProgress };
  }
}
