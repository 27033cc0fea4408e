/** Crossfade's workflows, and one that collects garbage where they live: each worker keeps them in a thread of its own. */
export * from '../../src/workflows/index';

/** @returns false where V8 does not offer it (`--expose-gc`). */
export function collectGarbage(): Promise<boolean> {
  const { gc } = globalThis;
  gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return Promise.resolve(gc !== undefined);
}
