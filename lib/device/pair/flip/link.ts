/** The link of a flip, and what it leads to. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  join,
  nameOf,
  statIfPresent,
} from "../../../system/mod.ts";
import type { Pair } from "../layout.ts";
import { FlipLinkError } from "./errors.ts";

/** The directory of all versions, beside the link. */
export const versionsName = "versions";

/** The name of every link that certswap makes for a flip. */
const linkName = "current";

/** What the functions for a flip need of its pair. */
export type FlipPair = Pick<Pair, "active">;

/** The link of a flip. */
export function linkOf({ active }: FlipPair): string {
  return directoryOf(active.certificate);
}

/** The number of the version that a link leads to; `undefined` if nothing is there. @throws FlipLinkError */
export function numberBehind(files: FileSystem, link: string): number | undefined {
  const kind = statIfPresent(files, link)?.kind;
  if (kind === undefined) return undefined;
  if (kind !== "link") throw new FlipLinkError(link, kind);
  const content = files.readLink(link);
  const number = numberOf(nameOf(content));
  if (number === undefined || content !== `${versionsName}/${number}`) {
    throw new FlipLinkError(link, kind, content);
  }
  return number;
}

/** The number of a version, from the name of its directory. */
export function numberOf(name: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(name) ? Number(name) : undefined;
}

/**
 * The link of the flip that has a file in one of its versions.
 *
 * @param path absolute, with all links resolved.
 * @returns `undefined` if the file is in none.
 */
export function flipAround(files: FileSystem, path: string): string | undefined {
  const directory = directoryOf(path);
  const versions = directoryOf(directory);
  if (numberOf(nameOf(directory)) === undefined || nameOf(versions) !== versionsName) {
    return undefined;
  }
  const link = join(directoryOf(versions), linkName);
  return attempt(() => numberBehind(files, link)) === undefined ? undefined : link;
}
