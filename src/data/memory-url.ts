/** Where the memory of a data set lies below a ledger. */
import type { DataMemory } from '../domain/data-memory';
import { hashOf } from './copy-state';

/** Of the manifests of copies; of verifications, whose root the ledger has; of what repairs them for a while. */
export type MemoryPart = 'copy' | 'proof' | 'repair';

/** No workload's name begins so, so no record of the ledger lies there. */
const MEMORY_FOLDER = '_data';

/** @param name of the data set. */
export function memoryUrl({ ledger, workload }: DataMemory, name: string, part: MemoryPart): string {
  const isPlain = /^[\w.-]+$/.test(name) && !/^\.+$/.test(name);
  const folder = isPlain ? name : `${name.replace(/[^\w-]/g, '_')}-${hashOf(name).slice(0, 8)}`;
  return `${ledger.replace(/\/+$/, '')}/${MEMORY_FOLDER}/${workload}/${folder}/${part}`;
}
