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
  readHome,
  readKeptPair,
  readStoredPair,
  type StoredPair,
} from "./read_pair.ts";
import type { Pair, PairFiles } from "./layout.ts";
import type { Output } from "./outputs/mod.ts";

/** What was found at the paths that services read. */
export type ActivePair =
  & { readonly stored: StoredPair }
  & (
    | { readonly condition: "missing"; readonly elsewhere: LoadedPair | undefined }
    | { readonly condition: "sound"; readonly loaded: LoadedPair }
    | {
      readonly condition: "broken";
      readonly defect: BrokenActivePairError;
      /** The pair in a file that is made from it: perhaps the only copy of its key. */
      readonly elsewhere: LoadedPair | undefined;
    }
  );

/** A complete active pair whose key and certificate match. */
export type SoundPair = ActivePair & { readonly condition: "sound" };

/**
 * Reads and judges the active pair. A broken one is not an error: a swap repairs it.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError if it cannot be read at all.
 */
export async function readActivePair(
  files: FileSystem,
  { active: paths, combined, outputs = [] }:
    & Pick<Pair, "active" | "combined">
    & Partial<Pick<Pair, "outputs">>,
): Promise<ActivePair> {
  const active = await judge(await readStoredPair(files, paths));
  if (active.condition === "sound") return active;
  const others = [
    ...(combined === undefined ? [] : [combined]),
    ...outputs.filter(holdsPair).map(({ path }) => path),
  ];
  return { ...active, elsewhere: await readElsewhere(files, others) };
}

function holdsPair({ format, contains }: Output): boolean {
  return format === "pem" && contains.includes("key") &&
    (contains.includes("chain") || contains.includes("certificate"));
}

/** The first pair in files that a service reads, although the pair itself is not there, or is broken. */
async function readElsewhere(
  files: FileSystem,
  paths: readonly string[],
): Promise<LoadedPair | undefined> {
  for (const path of paths) {
    const found = await judge(await readHome(files, path));
    if (found.condition === "sound") return found.loaded;
  }
  return undefined;
}

/** {@linkcode readActivePair}, for the pending or the previous pair. */
export async function readBesidePair(files: FileSystem, paths: PairFiles): Promise<ActivePair> {
  return await judge(await readKeptPair(files, paths));
}

async function judge(stored: StoredPair): Promise<ActivePair> {
  const { certificate } = stored.files;
  if (isMissing(stored)) return { condition: "missing", stored, elsewhere: undefined };
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
  return { condition: "broken", stored, defect, elsewhere: undefined };
}

/** The pair that services have: the active one, or if that is not usable, the one in a file made from it. */
export function servedPair(pair: ActivePair): LoadedPair | undefined {
  return pair.condition === "sound" ? pair.loaded : pair.elsewhere;
}

/** The certificate of a pair, even if its key is missing or does not match: it shows the pair's identity. */
export function readableLeaf(pair: ActivePair): Certificate | undefined {
  const served = servedPair(pair);
  if (served !== undefined) return served.leaf;
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
