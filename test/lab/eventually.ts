/** Polls until the probe no longer throws; the last error is the failure. Polling instead of sleeping: a test takes as long as the thing does. */
export async function eventually<T>(probe: () => Promise<T> | T, deadlineMs = 15_000): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
