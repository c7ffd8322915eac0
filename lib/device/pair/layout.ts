/** The paths of a pair's files: active, pending, previous, requested, and certswap's own. */
import { directoryOf, join, nameOf } from "../../system/mod.ts";
import { type Site, temporaryName } from "../../transaction/mod.ts";

/** The paths of a pair, as the operator named them. */
export interface PairPaths {
  /** The leaf certificate with its chain. */
  readonly certificate: string;
  readonly key: string;
  /** One file with key and chain, for services that read one. */
  readonly combined?: string;
  /** Directories that must be mount points before the pair is used. */
  readonly requiresMount?: readonly string[];
}

/** The two files of a pair: active, pending or previous. */
export interface PairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The files of a pending request. */
interface RequestedFiles {
  /** PEM, PKCS #10. */
  readonly request: string;
  readonly key: string;
  /** Room for the issuer's answer, and the answer itself until it is in its place: see `kept_answer.ts`. */
  readonly answer: string;
}

/** All files of a pair, absolute and with all links resolved, and the site of its transactions. */
export interface Pair {
  readonly active: PairFiles;
  /** The key's path as given: possibly a link. */
  readonly keyName: string;
  readonly combined: string | undefined;
  readonly pending: PairFiles;
  readonly previous: PairFiles;
  /** The request of a renewal and its key, until there is a certificate. */
  readonly requested: RequestedFiles;
  /** The state that outlives a run: see `state.ts`. */
  readonly state: string;
  /** Beside the key, if that is on another device: see `last_known.ts`. */
  readonly record: string;
  readonly site: Site;
}

/**
 * Lays out the files of a pair around its resolved paths.
 *
 * Lock, journal and state are always beside the certificate and named after it: two runs for the same
 * certificate always agree on their paths.
 *
 * @param keyName the key's path before it was resolved.
 */
export function layOut({ certificate, key, combined }: PairPaths, keyName = key): Pair {
  const name = nameOf(certificate);
  const stateDirectory = join(directoryOf(certificate), ".certswap");
  const state = join(stateDirectory, `${name}.state`);
  const pending = beside({ certificate, key }, "pending");
  const previous = beside({ certificate, key }, "previous");
  const requested = {
    request: temporaryName(certificate, "request"),
    key: temporaryName(key, "requested"),
    answer: temporaryName(certificate, "answer"),
  };
  const record = temporaryName(key, "known");
  const others = combined === undefined ? [] : [combined];
  const managed = [
    ...others,
    ...[{ certificate, key }, pending, previous].flatMap(filesOf),
    requested.request,
    requested.key,
    requested.answer,
    state,
    record,
  ];
  return {
    active: { certificate, key },
    keyName,
    combined,
    pending,
    previous,
    requested,
    state,
    record,
    site: {
      stateDirectory,
      name,
      manages: (target) => managed.includes(target),
      // Another pair may share the key or the combined file, but never the certificate.
      sharesTarget: (target) =>
        [key, pending.key, previous.key, requested.key, ...others].includes(target),
      directories: [...new Set([certificate, key, ...others].map(directoryOf))],
    },
  };
}

function beside({ certificate, key }: PairFiles, suffix: string): PairFiles {
  return {
    certificate: temporaryName(certificate, suffix),
    key: temporaryName(key, suffix),
  };
}

function filesOf({ certificate, key }: PairFiles): readonly string[] {
  return [certificate, key];
}
