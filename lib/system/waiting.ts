/** Waits for the event loop, and for work with a time limit. */

/**
 * Has the event loop poll once, for work on another thread: 0.08 ms. A timer of 0 ms takes two
 * milliseconds, as long as a whole swap, the first timer of a process 10 ms more, and a microtask never
 * polls.
 */
export async function turnOfEventLoop(): Promise<undefined> {
  await crypto.subtle.digest("SHA-256", new Uint8Array());
}

/** What `work` resolves to; `undefined` if it takes more than this many milliseconds. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
