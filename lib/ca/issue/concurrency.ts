/** Does work on many items with several calls under way at once. */

/** Operations of WebCrypto under way at once: with four, all cores of a small machine are busy. */
const concurrent = 8;

/**
 * Maps with several calls under way at once.
 *
 * @param onDone is told after each how many are done.
 * @returns the results, in the order of `items`.
 * @throws what the first call to fail threw; no further ones are begun then.
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
