/** Numbers and times as the report writes them, in every form of it. */

/** `2026-01-02 03:04:05Z`. */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `2026-01-02 03:04`, for where the seconds do not matter. UTC. */
export function minuteText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** @param rate 0 to 1; null: nothing was counted. */
export function percentText(rate: number | null): string {
  if (rate === null) return '–';
  const percent = rate * 100;
  return `${percent === 0 || percent >= 10 ? Number(percent.toFixed(1)) : Number(percent.toPrecision(2))}\u00a0%`;
}

export function msText(latencyMs: number | undefined): string {
  if (latencyMs === undefined) return '–';
  if (latencyMs >= 10_000) return `${(latencyMs / 1_000).toFixed(1)} s`;
  return `${Number(latencyMs.toPrecision(3))} ms`;
}

export function costText(cost: number | undefined): string {
  return cost === undefined ? '–' : String(Number(cost.toPrecision(3)));
}

/** The target's over the source's; of a source without any there is no ratio. */
export function ratioText(source: number | undefined, target: number | undefined): string {
  return source === undefined || target === undefined || !(source > 0) ? '–' : `${(target / source).toFixed(2)} ×`;
}
