/** Processes many items with a few concurrent calls. */

/** Concurrent operations of WebCrypto: with four, all cores of a small machine are already busy. */
const concurrent = 8;

/**
 * Maps items with a limited number of concurrent calls.
 *
 * @param onDone is called after each item with the number done so far.
 * @returns the results, in the order of `items`.
 * @throws the error of the first call to fail. No new calls are started after that.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Promise<Result>,
  onDone?: (done: number) => void,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const queue = items.entries();
  let done = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (hasFailed) return;
      try {
        results[index] = await map(item, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
      onDone?.(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrent, items.length) }, work));
  return results;
}
