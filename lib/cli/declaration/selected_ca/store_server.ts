/** Finds out whether a command needs the network, because the CA that it is about is kept on a server. */
import {
  attemptAsync,
  isListed,
  join,
  type Needs,
  readGivenFile,
  type System,
} from "../../../system/mod.ts";
import type { World } from "../../world.ts";
import { dataDirectory } from "./data_directory.ts";

/** The size limit of these files, in bytes. */
const sizeLimit = 1024 * 1024;

/** The flags that name CAs, or the kind of a store. */
export interface CaSelection {
  readonly dataDir?: unknown;
  /** The CA that signs a new one. */
  readonly signedBy?: unknown;
  /** The CA that replaces it. */
  readonly next?: unknown;
  /** The kind of a new store. */
  readonly store?: unknown;
  readonly to?: unknown;
  /** Stores that are no longer in use are removed. */
  readonly removeOld?: unknown;
}

/**
 * The permissions that a command keeps. Those to reach a server are given up before the command is loaded,
 * unless a CA that it is about has its store there. A socket is reached by the permissions to read and write
 * its path.
 */
export async function neededFor(world: World, needs: Needs, flags: object): Promise<Needs> {
  if (needs.store !== true) return needs;
  const { dataDir, signedBy, next, store, to, removeOld }: CaSelection = flags;
  const named = [
    dataDirectory(world, typeof dataDir === "string" ? { dataDir } : {}),
    ...(typeof signedBy === "string" ? [signedBy] : []),
    ...(typeof next === "string" ? [next] : []),
  ];
  const successors = await Promise.all(named.map((one) => nextOf(world.system, one)));
  const directories = [...named, ...successors.filter((one) => one !== undefined)];
  const places = directories.flatMap((directory) => [
    { path: join(directory, "store.json"), word: '"postgres"' },
    // The stores that moves have kept are known from the settings alone.
    ...(removeOld === true ? [{ path: join(directory, "ca.toml"), word: "postgres" }] : []),
  ]);
  const found = await Promise.all(places.map((place) => mentions(world.system, place)));
  if (store !== "postgres" && to !== "postgres" && !found.includes(true)) return needs;
  const env = [...new Set([...needs.env ?? [], "CREDENTIALS_DIRECTORY" as const])];
  return { ...needs, net: true, write: true, env };
}

/** The CA that replaces the one in a directory: it may issue in its place. */
async function nextOf(system: System, directory: string): Promise<string | undefined> {
  const text = await textOf(system, join(directory, "rollover.json"));
  return text === undefined ? undefined : nextIn(text);
}

/** What is wrong with the file is reported by the command. */
function nextIn(text: string): string | undefined {
  try {
    const { next } = Object(JSON.parse(text)) as { readonly next?: unknown };
    return typeof next === "string" ? next : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file exists and has a word. */
async function mentions(
  system: System,
  { path, word }: { readonly path: string; readonly word: string },
): Promise<boolean> {
  return (await textOf(system, path))?.includes(word) ?? false;
}

/**
 * The text of a file; `undefined` if it is missing or cannot be read. What is wrong with it is reported by
 * the command.
 */
async function textOf({ files }: System, path: string): Promise<string | undefined> {
  return await attemptAsync(async () => {
    if (!isListed(files, path)) return undefined;
    const { content } = await readGivenFile(files, path, sizeLimit);
    return new TextDecoder().decode(content);
  });
}
