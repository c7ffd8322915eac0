/** Preserves who may read the files of a pair, beyond their modes, when they are replaced. */
import {
  type AccessList,
  attempt,
  type Attributes,
  directoryOf,
  type FileSystem,
  join,
  nameOf,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import {
  attributesEqual,
  type Entry,
  type SetAccess,
  TargetChangedError,
} from "../../transaction/mod.ts";
import { AccessListLostError } from "../errors.ts";
import { hasRights, type Pair } from "../pair/mod.ts";
import type { NewVersion } from "../pair/flip/mod.ts";
import { servedFiles, type WantedRights } from "../pair/outputs/mod.ts";

/** A file whose mode alone does not say who may read it. */
export interface UncertainFile {
  /** The file to be created. */
  readonly target: string;
  /** The file whose rights it gets: its own, or the key's if it contains the key and does not exist yet. */
  readonly source: string;
  /** Owner and mode of the source. */
  readonly attributes: Attributes;
  /** Without any link, as getfacl(1) needs it: the source, and the directory of the target. */
  readonly places: { readonly source: string; readonly directory: string };
}

/** What is known about such a file. */
export interface KnownRights extends UncertainFile {
  /**
   * - `mode`: there is nothing beyond the mode, or it could not be found out
   * - `list`: the new file must get its list
   * - `unreadable-list`: there is a list, but no program to read it: the group bits do not apply to the group
   */
  readonly access:
    | { readonly kind: "mode" | "unreadable-list" }
    | { readonly kind: "list"; readonly list: AccessList; readonly setAccess: SetAccess };
}

/** The rights on the files of one pair before a change. */
export interface Rights {
  readonly known: readonly KnownRights[];
  /** Ends programs that wait for files that will not be created. */
  close(): Promise<void>;
}

const nothingUncertain: Rights = { known: [], close: () => Promise.resolve() };

/**
 * Finds out who may read the files of a pair. Modes alone are enough if they say everything, as the usual
 * 0600 and 0644 do. Otherwise programs are started, which needs the `run` permission here, but not later.
 *
 * @throws FileSystemError if a list cannot be read.
 */
export async function lookAtRights(system: System, pair: Pair): Promise<Rights> {
  const uncertain = uncertainFiles(system.files, pair);
  if (uncertain.length === 0) return nothingUncertain;
  const { readRights } = await import("./read_rights.ts");
  return await readRights(system, uncertain);
}

function uncertainFiles(files: FileSystem, pair: Pair): UncertainFile[] {
  const version = pair.shape === "flip"
    ? attempt(() => files.realPath(directoryOf(pair.active.key)))
    : undefined;
  const placeOf = (path: string): string =>
    version !== undefined && directoryOf(path) === directoryOf(pair.active.key)
      ? join(version, nameOf(path))
      : path;
  const uncertain = (target: string, source: string, found: Attributes): UncertainFile => {
    const { uid, gid, mode } = found;
    const places = { source: placeOf(source), directory: directoryOf(placeOf(target)) };
    return { target, source, attributes: { uid, gid, mode }, places };
  };
  const served = servedFiles(pair).map((file) => ({
    ...file,
    found: statIfPresent(files, file.path),
  }));
  const key = served[0]?.found;
  return served.flatMap(({ path, isSecret, rights, found }) => {
    if (found !== undefined) {
      const isUncertain = isSecret ? isUncertainSecret : isUncertainPublic;
      return hasRights(found, rights) && isUncertain(found.mode)
        ? [uncertain(path, path, found)]
        : [];
    }
    const isLikeKey = isSecret && key !== undefined && !areRightsDemanded(rights) &&
      isUncertainSecret(key.mode);
    return isLikeKey ? [uncertain(path, pair.active.key, key)] : [];
  });
}

/** Then the configuration says who may read a new file, and no list is carried over. */
function areRightsDemanded({ owner, group, mode }: WantedRights): boolean {
  return owner?.id !== undefined || group?.id !== undefined || mode !== undefined;
}

/** Group bits may be the mask of a list: stat(2) shows no more of it (acl(5)). */
const isUncertainSecret = (mode: number): boolean => (mode & 0o070) !== 0;

/** A file that everyone may read needs no list: a list cannot take away the rights of others. */
const isUncertainPublic = (mode: number): boolean => ((mode >> 3) & ~mode & 0o007) !== 0;

/** A change that preserves the rights on the files that it replaces, with warnings. */
export interface KeptRights {
  readonly entries: readonly Entry[];
  readonly version: NewVersion | undefined;
  readonly warnings: readonly unknown[];
}

/**
 * Makes entries preserve the rights on the files that they replace.
 *
 * @throws TargetChangedError if the mode of a file has changed since.
 */
export function keepRights(
  pair: Pair,
  { entries, version }: Pick<KeptRights, "entries" | "version">,
  { known }: Rights,
): KeptRights {
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
  const files = version?.files.map((file) => {
    const rights = known.find(({ target }) =>
      target === join(directoryOf(pair.active.key), file.name)
    );
    if (rights === undefined || rights.access.kind === "mode") return file;
    // A list is set by the path of a file, which is not known before the version is made.
    if ((file.attributes.mode & 0o070) === 0) return file;
    const { uid, gid, mode } = file.attributes;
    if (!attributesEqual(rights.attributes, file.attributes)) return file;
    warnings.push(new AccessListLostError(rights.source, gid));
    return { ...file, attributes: { uid, gid, mode: mode & ~0o070 } };
  });
  return {
    entries: kept,
    version: version && { ...version, files: files ?? version.files },
    warnings,
  };
}

function rightsFor(
  pair: Pair,
  entry: Entry,
  known: readonly KnownRights[],
): KnownRights | undefined {
  const { kind, target } = entry;
  if (kind !== "replace" && kind !== "create") return undefined;
  const file = servedFiles(pair).find(({ path }) => path === target);
  if (file === undefined) return undefined;
  const isUncertain = file.isSecret ? isUncertainSecret : isUncertainPublic;
  if (!isUncertain(entry.attributes.mode)) return undefined;
  const isDemanded = kind === "replace"
    ? !hasRights(entry.old, file.rights)
    : areRightsDemanded(file.rights);
  if (isDemanded) return undefined;
  const source = kind === "replace" ? target : pair.active.key;
  const rights = known.find((file) => file.target === target && file.source === source);
  // Its list may also have changed.
  if (rights === undefined || !attributesEqual(rights.attributes, entry.attributes)) {
    throw new TargetChangedError(source);
  }
  return rights;
}

/** Neither the new file nor a copy of the old one gives the group bits that were the mask of a list. */
function withoutGroup(entry: Entry): Entry {
  const close = <T extends Attributes>(attributes: T): T => ({
    ...attributes,
    mode: attributes.mode & ~0o070,
  });
  if (entry.kind === "create") return { ...entry, attributes: close(entry.attributes) };
  if (entry.kind !== "replace") return entry;
  return { ...entry, attributes: close(entry.attributes), old: close(entry.old) };
}
