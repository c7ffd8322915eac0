/** Commands that the page suggests: they name the CA, so that they can be pasted. */
import { shellWord } from "../../system/mod.ts";
import type { ServerContext } from "../context.ts";

/**
 * A command about the CA of this server, as it is typed.
 *
 * @param words `ca requests`
 */
export function commandText(
  words: string,
  { directory }: Pick<ServerContext, "directory">,
): string {
  return `certswap ${words} --data-dir ${shellWord(directory)}`;
}
