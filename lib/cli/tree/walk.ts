/** The command tree as a list: for manual pages, completion, the permissions of the executable, and tests. */
import type { DeclaredCommand, DeclaredGroup } from "../declaration/mod.ts";
import { root } from "./root.ts";

/** A command or a group with the words that lead to it: `["certswap", "ca", "sign"]`. */
export interface Place<Target> {
  readonly words: readonly string[];
  readonly target: Target;
}

type AnyPlace = Place<DeclaredCommand | DeclaredGroup>;

/** Every group of the tree, `certswap` itself first. */
export function everyGroup(): Place<DeclaredGroup>[] {
  return everything().flatMap(toGroup);
}

/** Every command of the tree, in the order of its declaration. */
export function everyCommand(): Place<DeclaredCommand>[] {
  return everything().flatMap(toCommand);
}

/** The groups that help lists. */
export function listedGroups(): Place<DeclaredGroup>[] {
  return everything({ isListed: true }).flatMap(toGroup);
}

/** The commands that help lists: those in a section of their group. The others are called by scripts. */
export function listedCommands(): Place<DeclaredCommand>[] {
  return everything({ isListed: true }).flatMap(toCommand);
}

function toGroup({ words, target }: AnyPlace): Place<DeclaredGroup>[] {
  return "declaration" in target ? [{ words, target }] : [];
}

function toCommand({ words, target }: AnyPlace): Place<DeclaredCommand>[] {
  return "needs" in target ? [{ words, target }] : [];
}

function everything({ isListed = false } = {}): AnyPlace[] {
  const below = (place: AnyPlace): AnyPlace[] => {
    const { words, target } = place;
    if (!("declaration" in target)) return [place];
    const { routes, sections } = target.declaration;
    const listed = sections.flatMap(({ commands }) => commands);
    const found = Object.entries(routes).filter(([name]) => !isListed || listed.includes(name));
    return [
      place,
      ...found.flatMap(([name, target]) => below({ words: [...words, name], target })),
    ];
  };
  return below({ words: ["certswap"], target: root });
}
