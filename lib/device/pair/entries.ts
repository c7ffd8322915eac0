/** From "this file should hold that" to the entries of a transaction. */
import { type Attributes, directoryOf, statIfPresent, type System } from "../../system/mod.ts";
import type { Entry, SnapshotWithContent } from "../../transaction/mod.ts";
import { bytesEqual } from "../../x509/mod.ts";
import { newFileMode } from "../file_modes.ts";
import type { Pair } from "./layout.ts";
import type { StoredPair } from "./read_pair.ts";

/** What a file should hold, and who may read it. */
export interface FileContent {
  readonly content: Uint8Array;
  /** The file as it was found: its owner and mode are kept. */
  readonly old: SnapshotWithContent | undefined;
  /** Owner and mode where there is none. */
  readonly first: Attributes;
}

/** Makes a file hold what it should. No entry where it does already. */
export function put(target: string, { content, old, first }: FileContent): Entry[] {
  if (old === undefined) return [{ kind: "create", target, content, attributes: first }];
  if (bytesEqual(old.content, content)) return [];
  const { uid, gid, mode } = old.snapshot;
  const attributes = { uid, gid, mode };
  return [{ kind: "replace", target, content, attributes, old: old.snapshot }];
}

/**
 * Makes a file hold a private key. One that holds none now, and that everybody can read, says nothing about
 * who may read a key: the new file belongs to the owner of `first`, and to nobody else.
 */
export function putSecret(target: string, { content, old, first }: FileContent): Entry[] {
  const entries = put(target, { content, old, first });
  return entries.map((entry) =>
    entry.kind === "replace" && old !== undefined && isPublicWithoutKey(old)
      ? { ...entry, attributes: ofKeyCopy(first) }
      : entry
  );
}

/** Whether everybody can read a file, and no private key is in it. */
export function isPublicWithoutKey({ snapshot, content }: SnapshotWithContent): boolean {
  return (snapshot.mode & 0o004) !== 0 &&
    !new TextDecoder().decode(content).includes("PRIVATE KEY-----");
}

/** Removes a file. No entry where there is none. */
export function drop(target: string, old: SnapshotWithContent | undefined): Entry[] {
  return old === undefined ? [] : [{ kind: "remove", target, old: old.snapshot }];
}

/** Removes both files of a pair. */
export function dropPair({ files, certificate, key }: StoredPair): Entry[] {
  return [...drop(files.certificate, certificate), ...drop(files.key, key)];
}

/**
 * Owner and mode of a file that replaces none: the caller's own, and the mode that it is created with.
 *
 * The state directory is the caller's, with the group that the kernel gives to files beside the pair.
 * Where it is not there yet (before a first swap, or in a dry run) nothing is going to be written.
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

/** Owner and mode of a file, as an entry wants them. */
export function attributesOf({ snapshot: { uid, gid, mode } }: SnapshotWithContent): Attributes {
  return { uid, gid, mode };
}

/** A copy that no service reads: the pending pair, the previous pair. */
export interface FileCopy {
  readonly content: Uint8Array;
  readonly old: SnapshotWithContent | undefined;
  readonly attributes: Attributes;
}

/**
 * Makes a copy hold what it should, for its owner alone: who may read the active file may be said by an
 * access control list, of which the group bits are the mask (acl(5)). No entry where all is so already.
 */
export function putCopy(target: string, { content, old, attributes }: FileCopy): Entry[] {
  if (old === undefined) return [{ kind: "create", target, content, attributes }];
  const isWider = (old.snapshot.mode & ~attributes.mode) !== 0;
  if (bytesEqual(old.content, content) && !isWider) return [];
  return [{ kind: "replace", target, content, attributes, old: old.snapshot }];
}

/** Owner and mode of a copy of a key: its owner's alone. */
export function ofKeyCopy(attributes: Attributes): Attributes {
  return { ...attributes, mode: attributes.mode & 0o700 };
}

/** Owner and mode of a copy of a certificate: everybody's, or its owner's alone. */
export function ofCertificateCopy(attributes: Attributes): Attributes {
  return (attributes.mode & 0o004) === 0 ? ofKeyCopy(attributes) : attributes;
}
