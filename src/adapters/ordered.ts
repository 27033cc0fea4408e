/** Bounded concurrency over a stream: at most `limit` in flight, results in the order of the input. */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  run: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const flying: Promise<R>[] = [];
  const settle = (work: Promise<R>): Promise<R> => {
    // A later one may fail while an earlier one is still waited for; its error is taken up in its turn.
    work.catch(() => undefined);
    return work;
  };
  try {
    for await (const item of items) {
      flying.push(settle(run(item)));
      if (flying.length >= limit) yield await (flying.shift() as Promise<R>);
    }
    while (flying.length > 0) yield await (flying.shift() as Promise<R>);
  } finally {
    // After an error nothing may go on writing behind the caller's back.
    await Promise.allSettled(flying);
  }
}
