/** Exchanges what a piece of work throws for an error that says more. */

/**
 * Does `work`.
 *
 * @param wrap makes the error that is thrown from the one that `work` threw.
 * @returns what `work` returned.
 */
export function wrapError<T>(work: () => T, wrap: (cause: unknown) => unknown): T {
  try {
    return work();
  } catch (cause) {
    throw wrap(cause);
  }
}
