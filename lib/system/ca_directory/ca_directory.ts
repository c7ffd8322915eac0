/** Recognises the data directory of a CA, and its files, by their names: see docs/reference/ca.md. */
import { attempt } from "../errors.ts";
import { directoryOf, type FileSystem, join, nameOf, statIfPresent } from "../files/mod.ts";

/** Every file of a data directory, in every store. */
const fileNames: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "ca.key",
  "ca.crt",
  "ca-chain.pem",
  "ca-previous.pem",
  "ca-bundle.pem",
  "ca.csr",
  "ca.crl",
  "ca.crl.der",
  "ca.toml",
  "ca.db",
  "ca.db-wal",
  "ca.db-shm",
  "ca.db-journal",
  "crlnumber",
  "crlpublished",
  "details.jsonl",
  "enrolments.json",
  "history.jsonl",
  "index.json",
  "index.json.moved",
  "ocsp-responder.pem",
  "rollover-fetched.json",
  "rollover.json",
  "serial",
  "shards.json",
  "store.json",
]);

/** Its directories: issued certificates, CRLs of shards, older history, requests, the state of changes. */
const directoryNames: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "certs",
  "crl",
  "history",
  "requests",
  ".certswap",
]);

/**
 * Files that only the data directory of a CA has together: of a complete one, of one in another store, and of
 * one that waits for its certificate. A service may also call its trust anchors `ca.crt`.
 */
const signs = [
  ["index.json", "serial"],
  ["ca.crt", "store.json"],
  ["ca.crt", "ca.db"],
  ["ca.key", "ca.csr"],
] as const;

/** Whether a directory is the data directory of a CA, or of one that waits for its certificate. */
export function isCaDirectory(files: FileSystem, directory: string): boolean {
  const has = (name: string): boolean =>
    attempt(() => statIfPresent(files, join(directory, name))) !== undefined;
  return signs.some((names) => names.every(has));
}

/**
 * The data directory of the CA that a file belongs to, by its name and by the files beside it.
 *
 * @param path with all links resolved. The file need not exist.
 * @returns `undefined` if it belongs to none.
 */
export function caDirectoryOf(files: FileSystem, path: string): string | undefined {
  const directory = directoryOf(path);
  if (fileNames.has(nameOf(path)) && isCaDirectory(files, directory)) return directory;
  const isInside = directoryNames.has(nameOf(directory));
  return isInside && isCaDirectory(files, directoryOf(directory))
    ? directoryOf(directory)
    : undefined;
}
