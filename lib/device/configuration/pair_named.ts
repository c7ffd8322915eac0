import type { Configuration, PairConfiguration } from "./configuration.ts";
import { UnknownPairError } from "./errors.ts";

/**
 * The pair of that name.
 *
 * @throws UnknownPairError
 */
export function pairNamed(configuration: Configuration, name: string): PairConfiguration {
  const pair = configuration.pairs.find((pair) => pair.name === name);
  if (pair === undefined) {
    throw new UnknownPairError(name, configuration.pairs.map(({ name }) => name));
  }
  return pair;
}
