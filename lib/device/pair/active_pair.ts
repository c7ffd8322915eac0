/** Reads the active pair, usable or not. Also used for the pending and the previous pair. */
import type { FileSystem } from "../../system/mod.ts";
import { type Certificate, readCertificateFile } from "../../x509/mod.ts";
import {
  BrokenActivePairError,
  ChainOrderError,
  KeyMismatchError,
  UnusableFileError,
} from "../errors.ts";
import {
  isMissing,
  isWhole,
  type LoadedPair,
  loadStoredPair,
  readKeptPair,
  readStoredPair,
  type StoredPair,
} from "./read_pair.ts";
import type { PairFiles } from "./layout.ts";

/** What was found at the paths that services read. */
export type ActivePair =
  & { readonly stored: StoredPair }
  & (
    | { readonly condition: "missing" }
    | { readonly condition: "sound"; readonly loaded: LoadedPair }
    | { readonly condition: "broken"; readonly defect: BrokenActivePairError }
  );

/** A complete active pair whose key and certificate match. */
export type SoundPair = ActivePair & { readonly condition: "sound" };

/**
 * Reads and judges the active pair. A broken one is not an error: a swap repairs it.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError if it cannot be read at all.
 */
export async function readActivePair(files: FileSystem, paths: PairFiles): Promise<ActivePair> {
  return await judge(await readStoredPair(files, paths));
}

/** {@linkcode readActivePair}, for the pending or the previous pair. */
export async function readBesidePair(files: FileSystem, paths: PairFiles): Promise<ActivePair> {
  return await judge(await readKeptPair(files, paths));
}

async function judge(stored: StoredPair): Promise<ActivePair> {
  const { certificate } = stored.files;
  if (isMissing(stored)) return { condition: "missing", stored };
  if (!isWhole(stored)) {
    const defect = stored.key === undefined ? "key-missing" : "certificate-missing";
    return broken(stored, new BrokenActivePairError(certificate, defect));
  }
  try {
    return { condition: "sound", stored, loaded: await loadStoredPair(stored) };
  } catch (cause) {
    if (cause instanceof KeyMismatchError || cause instanceof ChainOrderError) {
      return broken(stored, new BrokenActivePairError(certificate, "mismatched", { cause }));
    }
    if (cause instanceof UnusableFileError) {
      return broken(stored, new BrokenActivePairError(certificate, "unreadable", { cause }));
    }
    throw cause;
  }
}

function broken(stored: StoredPair, defect: BrokenActivePairError): ActivePair {
  return { condition: "broken", stored, defect };
}

/** The certificate of a pair, even if its key is missing or does not match: it shows the pair's identity. */
export function readableLeaf(pair: ActivePair): Certificate | undefined {
  if (pair.condition === "sound") return pair.loaded.leaf;
  const content = pair.stored.certificate?.content;
  if (content === undefined) return undefined;
  try {
    const { leaf, chain } = readCertificateFile(content);
    // A broken pair may start with its CA certificate: that is not the pair's identity.
    return [leaf, ...chain].find(({ basicConstraints }) => basicConstraints?.ca !== true) ?? leaf;
  } catch {
    // The defect already says so.
    return undefined;
  }
}
