/** `ca request`: creates a key and a request for it. */
import {
  directoryOf,
  type FileSystem,
  isErrno,
  requireMode,
  requireTrustedPlaces,
  statIfPresent,
  syncDirectory,
  type System,
  wrapError,
  writeAll,
} from "../system/mod.ts";
import {
  createRequest,
  encodeAlternativeNames,
  encodeDistinguishedName,
  formatName,
  type KeyKindFor,
  type KeySource,
  readRequest,
  webCryptoKeys,
  writePem,
} from "../x509/mod.ts";
import { FileExistsError } from "./errors.ts";

/** Options of `ca request`. */
export interface RequestOptions {
  /** RFC 4514. May be empty if there are alternative names. */
  readonly subject: string;
  /** `DNS:...,IP:...,URI:...,email:...` */
  readonly alternativeNames: string | undefined;
  readonly keyType: KeyKindFor<"leaf">;
  /** Path of the new key (PKCS #8 PEM, 0600). */
  readonly keyPath: string;
  /** Path of the new request (PEM). */
  readonly requestPath: string;
  /** {@linkcode webCryptoKeys} by default. */
  readonly keys?: KeySource;
}

/** Report of `ca request`. */
export interface RequestReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
}

/**
 * Creates a key and a request for it: two new files, or none.
 *
 * @throws InvalidDistinguishedNameError, InvalidAlternativeNameError
 * @throws UntrustedPlaceError, FileExistsError, FileSystemError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { request } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const keyType = "ecdsa-p256";
 * const paths = { keyPath: `${root}/a.key`, requestPath: `${root}/a.csr` };
 * const names = { subject: "CN=a.example", alternativeNames: "DNS:a.example" };
 * await request(denoSystem, { ...paths, ...names, keyType });
 * assert.match(await Deno.readTextFile(`${root}/a.csr`), /BEGIN CERTIFICATE REQUEST/);
 * assert.equal((await Deno.stat(`${root}/a.key`)).mode, 0o100600);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function request(
  system: System,
  options: RequestOptions,
): Promise<RequestReport> {
  const { keys = webCryptoKeys, keyPath, requestPath } = options;
  requireTrustedPlaces(
    system,
    [keyPath, requestPath].map((path) => ({ path, as: "new-file" })),
  );
  const alternativeNames = options.alternativeNames === undefined
    ? undefined
    : encodeAlternativeNames(options.alternativeNames);
  // RFC 5280 4.1.2.6: without a subject, the alternative names identify the certificate.
  const need = alternativeNames === undefined ? "required" : "optional";
  const subject = encodeDistinguishedName(options.subject, need);
  const key = await keys.generate(options.keyType);
  const der = await createRequest({ subject, alternativeNames }, key);
  const made = readRequest(der);
  createFiles(system.files, [
    { path: keyPath, content: writePem("PRIVATE KEY", key.pkcs8), mode: 0o600 },
    { path: requestPath, content: writePem("CERTIFICATE REQUEST", der), mode: 0o644 },
  ]);
  return { subject: formatName(made.subject) };
}

/** A file to create. */
interface NewFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Checks that a file can be created: before anything else is changed.
 *
 * @throws FileExistsError, UntrustedPlaceError
 */
export function requireNewFile(system: System, path: string): void {
  requireTrustedPlaces(system, [{ path, as: "new-file" }]);
  if (statIfPresent(system.files, path) !== undefined) throw new FileExistsError(path);
}

/** Creates new files durably, in this order. A crash in between leaves an unused key, which is harmless. */
export function createFiles(files: FileSystem, wanted: readonly NewFile[]): void {
  const made: string[] = [];
  try {
    for (const file of wanted) createFile(files, file, () => made.push(file.path));
    for (const { path } of wanted) syncDirectory(files, directoryOf(path));
  } catch (error) {
    for (const path of made) files.unlink(path);
    throw error;
  }
}

function createFile(files: FileSystem, file: NewFile, onCreated: () => void): void {
  const { path, content, mode } = file;
  const handle = wrapError(
    () => files.createFile(path, mode),
    (error) => isErrno(error, "EEXIST") ? new FileExistsError(path) : error,
  );
  try {
    onCreated();
    requireMode(handle, path, mode);
    writeAll(handle, new TextEncoder().encode(content));
    handle.sync();
  } finally {
    handle.close();
  }
}
