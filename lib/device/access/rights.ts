/** Who may read the files of a pair beside what their modes say, and keeping it so when they are replaced. */
import {
  type AccessList,
  type Attributes,
  type FileSystem,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import { type Entry, type SetAccess, TargetChangedError } from "../../transaction/mod.ts";
import { AccessListLostError } from "../errors.ts";
import type { Pair } from "../pair/layout.ts";

/** A file of which the mode alone does not say who may read it. */
export interface UncertainFile {
  /** What is going to be made. */
  readonly target: string;
  /** Whose rights it gets: its own, or the key's, if it holds the key and is not there yet. */
  readonly source: string;
  /** Owner and mode of the source. */
  readonly attributes: Attributes;
}

/** What is known of such a file. */
export interface KnownRights extends UncertainFile {
  /**
   * - `mode`: there is nothing beside the mode, or nothing that could be found out
   * - `list`: it has to be given its list
   * - `unreadable-list`: there is a list, and no program to read it: the group bits are none of the group's
   */
  readonly access:
    | { readonly kind: "mode" | "unreadable-list" }
    | { readonly kind: "list"; readonly list: AccessList; readonly setAccess: SetAccess };
}

/** The rights on the files of one pair, as they were before a change. */
export interface Rights {
  readonly known: readonly KnownRights[];
  /** Ends what waits for a file that is not going to be made. */
  close(): Promise<void>;
}

const nothingUncertain: Rights = { known: [], close: () => Promise.resolve() };

/**
 * Looks who may read the files of a pair. Nothing but their modes is looked at if these say it all, as the
 * usual 0600 and 0644 do; else programs are started, which takes the `run` permission: here, and not later
 * on.
 *
 * @throws FileSystemError where a list cannot be read.
 */
export async function lookAtRights(system: System, pair: Pair): Promise<Rights> {
  const uncertain = uncertainFiles(system.files, pair);
  if (uncertain.length === 0) return nothingUncertain;
  const { readRights } = await import("./read_rights.ts");
  return await readRights(system, uncertain);
}

function uncertainFiles(files: FileSystem, { active, combined }: Pair): UncertainFile[] {
  const key = uncertain(files, active.key, isUncertainSecret);
  const certificate = uncertain(files, active.certificate, isUncertainPublic);
  const others = [key, certificate].filter((file) => file !== undefined);
  if (combined === undefined) return others;
  const own = uncertain(files, combined, isUncertainSecret);
  if (own !== undefined) return [...others, own];
  const isMissing = statIfPresent(files, combined) === undefined;
  return isMissing && key ? [...others, { ...key, target: combined }] : others;
}

function uncertain(
  files: FileSystem,
  path: string,
  isUncertain: (mode: number) => boolean,
): UncertainFile | undefined {
  const found = statIfPresent(files, path);
  if (found === undefined || !isUncertain(found.mode)) return undefined;
  const { uid, gid, mode } = found;
  return { target: path, source: path, attributes: { uid, gid, mode } };
}

/** Group bits may be the mask of a list, which is all that stat(2) shows of it (acl(5)). */
const isUncertainSecret = (mode: number): boolean => (mode & 0o070) !== 0;

/** What everybody may read needs no list, and a list keeps nobody from what the others may do. */
const isUncertainPublic = (mode: number): boolean => ((mode >> 3) & ~mode & 0o007) !== 0;

/** Entries that keep the rights on what they replace, and what is to be said of that. */
export interface KeptRights {
  readonly entries: readonly Entry[];
  readonly warnings: readonly unknown[];
}

/**
 * Has entries keep the rights on the files that they replace.
 *
 * @throws TargetChangedError where a file has another mode by now than when it was looked at.
 */
export function keepRights(pair: Pair, entries: readonly Entry[], { known }: Rights): KeptRights {
  const warnings: unknown[] = [];
  const kept = entries.map((entry) => {
    const rights = rightsFor(pair, entry, known);
    if (rights === undefined) return entry;
    const { access } = rights;
    if (access.kind === "list") return { ...entry, setAccess: access.setAccess };
    if (access.kind === "mode") return entry;
    warnings.push(new AccessListLostError(rights.source, rights.attributes.gid));
    return withoutGroup(entry);
  });
  return { entries: kept, warnings };
}

function rightsFor(
  { active, combined }: Pair,
  entry: Entry,
  known: readonly KnownRights[],
): KnownRights | undefined {
  const { kind, target } = entry;
  if (kind !== "replace" && kind !== "create") return undefined;
  const isSecret = target === active.key || target === combined;
  if (!isSecret && target !== active.certificate) return undefined;
  const isUncertain = isSecret ? isUncertainSecret : isUncertainPublic;
  if (!isUncertain(entry.attributes.mode)) return undefined;
  const source = kind === "replace" ? target : active.key;
  const rights = known.find((file) => file.target === target && file.source === source);
  // Its list may be another, too.
  if (rights === undefined || !isAlike(rights.attributes, entry.attributes)) {
    throw new TargetChangedError(source);
  }
  return rights;
}

const isAlike = (a: Attributes, b: Attributes): boolean =>
  a.uid === b.uid && a.gid === b.gid && a.mode === b.mode;

/** Neither the new file nor a copy of the old one gives the group what was the mask of a list. */
function withoutGroup(entry: Entry): Entry {
  const close = <T extends Attributes>(attributes: T): T => ({
    ...attributes,
    mode: attributes.mode & ~0o070,
  });
  if (entry.kind === "create") return { ...entry, attributes: close(entry.attributes) };
  if (entry.kind !== "replace") return entry;
  return { ...entry, attributes: close(entry.attributes), old: close(entry.old) };
}
