/** Runs `work` for every number from 0 to before `count`, two at a time. Results are in order. */
export async function inParallel<T>(
  count: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}
