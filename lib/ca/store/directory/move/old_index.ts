/** Where a move keeps the index of a directory that is no longer in use. */
import type { CaPaths } from "../../files/mod.ts";

/** The path of the kept index. Without `index.json`, every version of certswap refuses the directory. */
export const indexKeptAt = ({ index }: Pick<CaPaths, "index">): string => `${index}.moved`;
