import { setMaxListeners } from 'node:events';

/** Fires when one of them does. Hundreds of transfers listen to one signal, which is no leak. */
export function eitherSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const either = AbortSignal.any([...signals]);
  setMaxListeners(0, either);
  return either;
}
