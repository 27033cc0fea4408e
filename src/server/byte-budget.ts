/** What a kept piece costs besides its bytes (measured: 195 of heap, 320 outside), or a body of tiny chunks kills the process. Unit: bytes. */
export const PIECE_BYTES = 512;

/**
 * How much of the bodies that pass by may be kept, over all requests together: what bounds a process's memory when what
 * stands behind it stalls or the bodies are large.
 */
export class ByteBudget {
  private taken = 0;

  constructor(private readonly bytesMax: number) {}

  get takenBytes(): number {
    return this.taken;
  }

  /** For one request, or for its answers. */
  open(): Allowance {
    let own = 0;
    let isClosed = false;
    return {
      take: (bytes) => {
        if (isClosed || this.taken + bytes > this.bytesMax) return false;
        this.taken += bytes;
        own += bytes;
        return true;
      },
      close: () => {
        isClosed = true;
        this.taken -= own;
        own = 0;
      },
    };
  }
}

export interface Allowance {
  /** @returns false when there is no room: then nothing is taken. */
  take(bytes: number): boolean;
  /** Gives everything back; nothing more can be taken. */
  close(): void;
}
