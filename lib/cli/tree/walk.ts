/** The command tree as a list: for manual pages, completion, the permissions of the executable, and tests. */
import type { DeclaredCommand, DeclaredGroup } from "../declaration/mod.ts";
import { root } from "./root.ts";

/** A command or a group with the words that lead to it: `["certswap", "ca", "sign"]`. */
export interface Place<Target> {
  readonly words: readonly string[];
  readonly target: Target;
}

/** Every group of the tree, `certswap` itself first. */
export function everyGroup(): Place<DeclaredGroup>[] {
  return everything().flatMap(({ words, target }) =>
    "declaration" in target ? [{ words, target }] : []
  );
}

/** Every command of the tree, in the order of its declaration. */
export function everyCommand(): Place<DeclaredCommand>[] {
  return everything().flatMap(({ words, target }) => "needs" in target ? [{ words, target }] : []);
}

function everything(
  place: Place<DeclaredCommand | DeclaredGroup> = { words: ["certswap"], target: root },
): Place<DeclaredCommand | DeclaredGroup>[] {
  const { words, target } = place;
  if (!("declaration" in target)) return [place];
  const below = Object.entries(target.declaration.routes).flatMap(([name, target]) =>
    everything({ words: [...words, name], target })
  );
  return [place, ...below];
}
