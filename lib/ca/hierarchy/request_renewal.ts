/** `ca intermediate request`: a request with the key of an existing intermediate, for a newer certificate. */
import type { System } from "../../system/mod.ts";
import {
  createRequest,
  formatName,
  isSelfIssued,
  type KeySource,
  webCryptoKeys,
  writePem,
} from "../../x509/mod.ts";
import { findCa } from "../ca.ts";
import { loadAuthority, readRoot } from "../issue/mod.ts";
import { createFiles, requireNewFile } from "../request.ts";
import { askEarly, type AskPassphrase } from "../key/mod.ts";
import { type CaLocation, requireComplete } from "../store/mod.ts";
import { NotAnIntermediateError } from "./errors.ts";

/** Options of `ca intermediate request`. */
export interface RequestRenewalOptions extends CaLocation {
  /** Gets the passphrase of `ca.key`. Called at most once, and only if the key is encrypted. */
  readonly passphrase?: AskPassphrase | undefined;
  /** A new file for the request; `undefined` for none. */
  readonly file: string | undefined;
  /** {@linkcode webCryptoKeys} by default. */
  readonly keys?: KeySource;
}

/** Report of `ca intermediate request`. */
export interface RequestRenewalReport {
  /** RFC 4514, escaped. */
  readonly subject: string;
  /** PEM. */
  readonly request: string;
}

/**
 * Creates a request with the name and the key of an intermediate CA. The CA above signs it, and `ca activate`
 * installs the result. Changes nothing in the data directory.
 *
 * @throws NotAnIntermediateError, FileExistsError, CaKeyNotAvailableError
 */
export async function requestRenewal(
  system: System,
  options: RequestRenewalOptions,
): Promise<RequestRenewalReport> {
  const { file, keys = webCryptoKeys } = options;
  const store = await findCa(system, options);
  await requireComplete(store);
  const root = await readRoot(store);
  if (isSelfIssued(root.certificate)) throw new NotAnIntermediateError();
  if (file !== undefined) requireNewFile(system, file);
  const passphrase = await askEarly(store, options);
  const { signer } = await loadAuthority({ store, keys, passphrase }, root);
  const { subject } = root.certificate;
  const der = await createRequest({ subject: subject.der, alternativeNames: undefined }, signer);
  const request = writePem("CERTIFICATE REQUEST", der);
  if (file !== undefined) {
    createFiles(system.files, [{ path: file, content: request, mode: 0o644 }]);
  }
  return { subject: formatName(subject), request };
}
