/** Where the files of a pair are: active, pending, previous, requested, and what is kept beside them. */
import { directoryOf, join, nameOf } from "../../system/mod.ts";
import { type Site, temporaryName } from "../../transaction/mod.ts";

/** Where a pair is, as the operator named it. */
export interface PairPaths {
  /** The leaf certificate with its chain. */
  readonly certificate: string;
  readonly key: string;
  /** One file with key and chain, for services that read one. */
  readonly combined?: string;
  /** Directories that must be mount points before anything is done with the pair. */
  readonly requiresMount?: readonly string[];
}

/** The two files of a pair: active, pending or previous. */
export interface PairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The files of a renewal that waits for its issuer. */
interface RequestedFiles {
  /** PEM, PKCS #10. */
  readonly request: string;
  readonly key: string;
  /** Room for the issuer's answer, and the answer itself until it is in its place: see `kept_answer.ts`. */
  readonly answer: string;
}

/** Every file of a pair, absolute and with every link resolved, and where its transactions are kept. */
export interface Pair {
  readonly active: PairFiles;
  /** The key's path as it was given: a link, perhaps. */
  readonly keyName: string;
  readonly combined: string | undefined;
  readonly pending: PairFiles;
  readonly previous: PairFiles;
  /** What a renewal has asked for, and the key it will belong to, until the certificate is there. */
  readonly requested: RequestedFiles;
  /** What has to outlive a run: see `state.ts`. */
  readonly state: string;
  /** Beside the key, if that lies on another device: see `last_known.ts`. */
  readonly record: string;
  readonly site: Site;
}

/**
 * Lays out the files of a pair around its resolved paths.
 *
 * Lock, journal and state lie beside the certificate, named after it, and nowhere else: two runs that
 * mean the same certificate can never disagree about where they are.
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
      // Another pair may have the same key, or the same combined file; its certificate is its own.
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
