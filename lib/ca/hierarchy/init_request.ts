/** `ca init --request`: creates the key of a CA and the request for its certificate. */
import { ifPresent, join, type System } from "../../system/mod.ts";
import {
  createRequest,
  encodeDistinguishedName,
  formatName,
  type KeyKindFor,
  type KeySource,
  readRequest,
  webCryptoKeys,
  writePem,
} from "../../x509/mod.ts";
import type { ChangeReport, NewCaOptions } from "../ca.ts";
import { createFiles, requireNewFile } from "../request.ts";
import { type AskPassphrase, lockForNewKey, type LockKey } from "../key/mod.ts";
import { createPending, type NewRequest } from "../store/mod.ts";
import { RequestCopyWarning } from "./errors.ts";

/** Options of `ca init --request`. */
export interface InitRequestOptions extends NewCaOptions {
  /** Gets the passphrase for the new key; `undefined`: it is not encrypted. */
  readonly newPassphrase?: AskPassphrase | undefined;
  /** RFC 4514. */
  readonly subject: string;
  readonly keyType: KeyKindFor<"ca">;
  /** A new file for a copy of the request; `undefined` for none. */
  readonly file: string | undefined;
}

/** Report of `ca init --request`. */
export interface InitRequestReport extends ChangeReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  /** PEM. */
  readonly request: string;
  /** Path of the request, based on the data directory as given by the caller. `keyPath` likewise. */
  readonly requestPath: string;
  readonly keyPath: string;
}

/**
 * Creates the key of a CA and the request for its certificate, in one change. `ca activate` then makes it a
 * CA. The copy of the request is written after that: if it fails, the request is still in the directory.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, InvalidDistinguishedNameError, FileExistsError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { initRequest } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${directory}/ca`, lockTimeout: 1000 };
 * const names = { subject: "CN=Intermediate", keyType: "ecdsa-p256" } as const;
 * await initRequest(denoSystem, { ...ca, ...names, file: `${directory}/inter.csr` });
 * assert.match(await Deno.readTextFile(`${directory}/inter.csr`), /BEGIN CERTIFICATE REQUEST/);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function initRequest(
  system: System,
  options: InitRequestOptions,
): Promise<InitRequestReport> {
  const { dataDirectory, lockTimeout, keyType, keys = webCryptoKeys } = options;
  const subject = encodeDistinguishedName(options.subject, "required");
  const file = isTheRequestItself(system, options) ? undefined : options.file;
  if (file !== undefined) requireNewFile(system, file);
  const lock = await lockForNewKey(system, options);
  const { value, recovery, warnings, store } = await createPending(system, {
    dataDirectory,
    store: options.store,
    lockTimeout,
    make: () => makeRequest(subject, { keyType, keys, lock }),
  });
  const request = writePem("CERTIFICATE REQUEST", value.request);
  const requestPath = store.nameOf("request").written;
  const noticed: unknown[] = [];
  if (file !== undefined) {
    try {
      createFiles(system.files, [{ path: file, content: request, mode: 0o644 }]);
    } catch (cause) {
      noticed.push(new RequestCopyWarning(file, requestPath, { cause }));
    }
  }
  return {
    subject: formatName(readRequest(value.request).subject),
    request,
    requestPath,
    keyPath: store.nameOf("key").written,
    recovery,
    warnings: [...warnings, ...noticed],
  };
}

/** Whether the copy would be the request in the data directory, which is written anyway. */
function isTheRequestItself(
  { files }: System,
  { dataDirectory, file }: InitRequestOptions,
): boolean {
  if (file === undefined) return false;
  const real = (path: string): string => ifPresent(() => files.realPath(path)) ?? path;
  const directory = real(dataDirectory);
  return file === join(dataDirectory, "ca.csr") || file === join(directory, "ca.csr");
}

interface RequestTerms {
  readonly keyType: KeyKindFor<"ca">;
  readonly keys: KeySource;
  readonly lock: LockKey;
}

/** DER. */
interface MadeRequest extends NewRequest {
  readonly request: Uint8Array<ArrayBuffer>;
}

async function makeRequest(
  subject: Uint8Array<ArrayBuffer>,
  { keyType, keys, lock }: RequestTerms,
): Promise<MadeRequest> {
  const key = await keys.generate(keyType);
  return {
    request: await createRequest({ subject, alternativeNames: undefined }, key),
    ...await lock(key.pkcs8),
  };
}
