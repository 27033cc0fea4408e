/** How fast a data set is read from the target, beside how fast it is read from the source. */

export interface ReadCheckSpec {
  /** Objects that are read from both sides, at most. */
  readonly sampleMax: number;
  /** Largest accepted P99 of the time to the first byte, over the source's. */
  readonly firstByteP99RatioMax: number;
  /** Smallest accepted bytes per second, over the source's. */
  readonly throughputRatioMin: number;
}

/** One read of the first bytes of an object. */
export interface TimedRead {
  /** From the request on. Unit: milliseconds. */
  readonly firstByteMs: number;
  /** From the request to the last byte. Unit: milliseconds. */
  readonly totalMs: number;
  readonly byteCount: number;
}

/** The same bytes of the same object, from both. */
export interface ReadPair {
  readonly source: TimedRead;
  readonly target: TimedRead;
}

export interface SideOfReads {
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  readonly bytesPerSecond: number;
}

/** The target's over the source's, and between which bounds it lies with 95 % confidence. */
export interface BoundedRatio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export interface ReadVerdict {
  readonly kind: 'pass' | 'fail' | 'insufficient';
  readonly reason: string;
  readonly pairCount: number;
  readonly source: SideOfReads;
  readonly target: SideOfReads;
  readonly firstByteP99: BoundedRatio;
  readonly throughput: BoundedRatio;
}

/** Name of the gate that asks about a check which did not pass. */
export function readCheckGate(dataSetName: string): string {
  return `read-check-${dataSetName}`;
}
