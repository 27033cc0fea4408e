/** Where what a move of data must not forget is kept: its manifests, and where it stands. */
export interface DataMemory {
  /** `s3://` address of the migration's ledger; the memory lies below it. */
  readonly ledger: string;
  readonly workload: string;
}

export function memoryOf({ ledger, workload }: DataMemory): DataMemory {
  return { ledger, workload };
}
