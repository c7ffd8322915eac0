/** Waiting for the event loop, and for work that may take too long. */

/**
 * Has the event loop poll once, for work on another thread: 0.08 ms. A timer of 0 ms takes two
 * milliseconds, as long as a whole swap, the first timer of a process 10 ms more, and a microtask never
 * polls.
 */
export async function turnOfEventLoop(): Promise<undefined> {
  await crypto.subtle.digest("SHA-256", new Uint8Array());
}

/** What `work` resolves to, or `undefined` if it has not within so many milliseconds. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
