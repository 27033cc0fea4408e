import type { Repeated, ScheduleRow, Schedules, ScheduleView } from '../../src/adapters/temporal-schedules';
import { MigrationError } from '../../src/domain/errors';

/** Schedules that are kept and never run. */
export class FakeSchedules implements Schedules {
  readonly made = new Map<string, Repeated>();
  readonly pausedBy = new Map<string, string>();
  readonly triggered: string[] = [];

  async put(repeated: Repeated): Promise<'created' | 'updated'> {
    const how = this.made.has(repeated.id) ? 'updated' : 'created';
    this.made.set(repeated.id, repeated);
    return how;
  }

  async list(): Promise<ScheduleRow[]> {
    return [...this.made.keys()].map((id) => this.row(id));
  }

  async describe(id: string): Promise<ScheduleView> {
    return { ...this.row(id), upcoming: [], running: [], runCount: 3, skippedCount: 1, missedCount: 0 };
  }

  async trigger(id: string): Promise<void> {
    this.triggered.push(this.row(id).id);
  }

  async pause(id: string, note: string): Promise<void> {
    this.pausedBy.set(this.row(id).id, note);
  }

  async resume(id: string, _note: string): Promise<void> {
    this.pausedBy.delete(this.row(id).id);
  }

  async delete(id: string): Promise<boolean> {
    return this.made.delete(id);
  }

  private row(id: string): ScheduleRow {
    if (!this.made.has(id)) throw new MigrationError('ScheduleNotFound', `there is no schedule ${id}`);
    const note = this.pausedBy.get(id);
    return { id, paused: note !== undefined, note: note ?? '', nextAt: '2026-01-02T06:00:00.000Z', lastAt: null };
  }
}
