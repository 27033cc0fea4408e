/** `fetch` says "fetch failed"; what failed stands in the cause. */
export function fetchReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
