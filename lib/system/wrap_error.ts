/** Replaces an error by one that says more. */

/**
 * Does `work`, and replaces what it throws.
 *
 * @param wrap makes the error to throw from the one that `work` threw.
 * @returns what `work` returned.
 */
export function wrapError<T>(work: () => T, wrap: (cause: unknown) => unknown): T {
  try {
    return work();
  } catch (cause) {
    throw wrap(cause);
  }
}
