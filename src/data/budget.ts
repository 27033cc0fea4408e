/**
 * So much of something at once, first come first served. A wish larger than all there is gets all of it, alone: one huge
 * part must not wait for ever.
 */
export class Budget {
  private used = 0;
  private readonly waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(private readonly total: number) {}

  /** @returns gives it back; to be called once. @throws the signal's reason. */
  async take(amount: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const wanted = Math.min(amount, this.total);
    if (this.waiting.length > 0 || this.used + wanted > this.total) await this.wait(wanted, signal);
    else this.used += wanted;
    return () => {
      this.used -= wanted;
      this.wakeUp();
    };
  }

  private wait(amount: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = {
        amount,
        go: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.wakeUp();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(waiter);
    });
  }

  private wakeUp(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      if (this.used + first.amount > this.total) return;
      this.used += first.amount;
      this.waiting.shift();
      first.go();
    }
  }
}
