/** Prepares the replacement of a CA's private key in its data directory. */
import type { FileSystem } from "../../../system/mod.ts";
import { type ReplaceEntry, takeSnapshot } from "../../../transaction/mod.ts";
import { privateKeyFileLimit } from "../../../x509/mod.ts";
import { CaIncompleteError } from "../../errors.ts";
import { caModes, type DataDirectory, requireNoLink } from "./data_directory.ts";

/** The changed file. @param pem PKCS #8, encrypted or not. @throws CaIncompleteError if there is no key. */
export async function replacedKey(
  files: FileSystem,
  { paths: { key: target }, written }: DataDirectory,
  pem: Uint8Array,
): Promise<ReplaceEntry> {
  requireNoLink(files, target);
  const old = await takeSnapshot(files, target, privateKeyFileLimit);
  if (old === undefined) throw new CaIncompleteError(written, "ca.key");
  const { uid, gid } = old.snapshot;
  return {
    kind: "replace",
    target,
    content: pem,
    attributes: { uid, gid, mode: caModes.key },
    old: old.snapshot,
  };
}
