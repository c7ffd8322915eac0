/** Makes transaction entries from wanted file contents. */
import { type Attributes, directoryOf, statIfPresent, type System } from "../../system/mod.ts";
import { attributesEqual, type Entry, type SnapshotWithContent } from "../../transaction/mod.ts";
import { bytesEqual } from "../../x509/mod.ts";
import { newFileMode } from "../file_modes.ts";
import type { Pair } from "./layout.ts";
import type { WantedRights } from "./outputs/mod.ts";
import type { StoredPair } from "./read_pair.ts";

/** The wanted content and rights of a file. */
export interface FileContent {
  readonly content: Uint8Array;
  /** The existing file: its owner and mode are kept. */
  readonly old: SnapshotWithContent | undefined;
  /** Owner and mode if there is no file. */
  readonly first: Attributes;
  /** What the configuration demands, of an existing file too. */
  readonly rights?: WantedRights;
}

/** The entry that gives a file its content and rights. None if it already has them. */
export function put(target: string, { content, old, first, rights = {} }: FileContent): Entry[] {
  const attributes = withRights(old === undefined ? first : attributesOf(old), rights);
  if (old === undefined) return [{ kind: "create", target, content, attributes }];
  if (bytesEqual(old.content, content) && hasRights(old.snapshot, rights)) return [];
  return [{ kind: "replace", target, content, attributes, old: old.snapshot }];
}

/** Owner and mode with what the configuration demands. An account that is not known demands nothing. */
export function withRights({ uid, gid, mode }: Attributes, rights: WantedRights): Attributes {
  return {
    uid: rights.owner?.id ?? uid,
    gid: rights.group?.id ?? gid,
    mode: rights.mode ?? mode,
  };
}

/** Whether a file has the owner, the group and the mode that the configuration demands. */
export function hasRights(file: Attributes, rights: WantedRights): boolean {
  return attributesEqual(withRights(file, rights), file);
}

/**
 * The entry that gives a file a private key. If it contains no key now and everyone can read it, its mode
 * says nothing about who may read a key: then only the owner of `first` can read the new file.
 */
export function putSecret(target: string, file: FileContent): Entry[] {
  const { old, first, rights = {} } = file;
  return put(target, file).map((entry) =>
    entry.kind === "replace" && old !== undefined && isPublicWithoutKey(old)
      ? { ...entry, attributes: withRights(ofKeyCopy(first), rights) }
      : entry
  );
}

/** Whether everyone can read a file that contains no private key. */
export function isPublicWithoutKey({ snapshot, content }: SnapshotWithContent): boolean {
  return (snapshot.mode & 0o004) !== 0 &&
    !new TextDecoder().decode(content).includes("PRIVATE KEY-----");
}

/** The entry that removes a file. None if there is no file. */
export function drop(target: string, old: SnapshotWithContent | undefined): Entry[] {
  return old === undefined ? [] : [{ kind: "remove", target, old: old.snapshot }];
}

/** The entries that remove both files of a pair. */
export function dropPair({ files, certificate, key }: StoredPair): Entry[] {
  return [...drop(files.certificate, certificate), ...drop(files.key, key)];
}

/**
 * Owner and mode of a new file: the caller, and the mode that it is created with.
 *
 * The state directory belongs to the caller, with the group that the kernel gives to files beside the pair.
 * If it does not exist yet (before a first swap, or in a dry run), nothing will be written.
 */
export function firstAttributes(
  { files }: System,
  { site }: Pair,
  role: keyof typeof newFileMode,
): Attributes {
  const { uid, gid } = statIfPresent(files, site.stateDirectory) ??
    files.stat(directoryOf(site.stateDirectory));
  return { uid, gid, mode: newFileMode[role] };
}

/**
 * Owner and mode of a first file that contains the key besides the pair's own: exactly the readers of the key
 * file may read it.
 */
export function likeKey(
  system: System,
  pair: Pair,
  { key }: Pick<StoredPair, "key">,
): Attributes {
  return key && !isPublicWithoutKey(key)
    ? attributesOf(key)
    : firstAttributes(system, pair, "combined");
}

/** Owner and mode of a file, for an entry. */
export function attributesOf({ snapshot: { uid, gid, mode } }: SnapshotWithContent): Attributes {
  return { uid, gid, mode };
}

/** A file of the pending or previous pair, which no service reads. */
export interface FileCopy {
  readonly content: Uint8Array;
  readonly old: SnapshotWithContent | undefined;
  readonly attributes: Attributes;
}

/**
 * The entry that gives a copy its content, readable only by its owner: the group bits of the active file may
 * be the mask of an access control list (acl(5)). None if everything is already so.
 */
export function putCopy(target: string, { content, old, attributes }: FileCopy): Entry[] {
  if (old === undefined) return [{ kind: "create", target, content, attributes }];
  const isWider = (old.snapshot.mode & ~attributes.mode) !== 0;
  if (bytesEqual(old.content, content) && !isWider) return [];
  return [{ kind: "replace", target, content, attributes, old: old.snapshot }];
}

/** Owner and mode of a key's copy: only for its owner. */
export function ofKeyCopy(attributes: Attributes): Attributes {
  return { ...attributes, mode: attributes.mode & 0o700 };
}

/** Owner and mode of a certificate's copy: for everyone, or only for its owner. */
export function ofCertificateCopy(attributes: Attributes): Attributes {
  return (attributes.mode & 0o004) === 0 ? ofKeyCopy(attributes) : attributes;
}
