/** The paths of a pair's files: active, pending, previous, requested, and certswap's own. */
import { directoryOf, join, nameOf } from "../../system/mod.ts";
import { type Site, temporaryName } from "../../transaction/mod.ts";
import type { Output, OutputSpec, WantedRights } from "./outputs/mod.ts";

/**
 * How the files of a pair lie on the disk.
 *
 * - `files`: a certificate and a key
 * - `combined`: the pair's only home is one file with key and chain; both paths name it
 * - `flip`: both are in a directory of their own, behind one symbolic link: see `flip/`
 */
export type Shape = "files" | "combined" | "flip";

/** The paths of a pair, as the operator named them, and what belongs to them. */
export interface PairPaths {
  /** The leaf certificate with its chain. */
  readonly certificate: string;
  readonly key: string;
  /** One file with key and chain, for services that read one. */
  readonly combined?: string;
  /** Left out: `files`. */
  readonly shape?: Shape;
  /** Further files that are made from the pair. */
  readonly outputs?: readonly OutputSpec[];
  /** What the configuration demands of the pair's own files; the combined file is like the key. */
  readonly rights?: PairRights;
  /** The trust anchors, if an output contains them. */
  readonly trust?: string;
  /** Directories that must be mount points before the pair is used. */
  readonly requiresMount?: readonly string[];
}

/** Owner, group and mode that the configuration demands of a pair's files. */
export interface PairRights {
  readonly certificate: WantedRights;
  readonly key: WantedRights;
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
  readonly shape: Shape;
  /** Their paths are resolved. */
  readonly outputs: readonly Output[];
  readonly rights: PairRights;
  /** The trust anchors for outputs that contain them. */
  readonly trust: string | undefined;
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

/** The site of the lock that keeps two rotations of one pair apart. */
export function rotationSite({ site }: Pick<Pair, "site">): Site {
  return {
    stateDirectory: site.stateDirectory,
    name: `${site.name}.rotation`,
    manages: () => false,
    directories: [],
  };
}

/** What is not in the paths of a pair. */
export interface LayoutOptions {
  /** The key's path before it was resolved. */
  readonly keyName?: string;
  /** Paths of outputs that earlier changes wrote or were about to write, resolved. */
  readonly recorded?: readonly string[];
}

/**
 * Lays out the files of a pair around its resolved paths.
 *
 * Lock, journal and state are always beside the certificate and named after it: two runs for the same
 * certificate always agree on their paths.
 */
export function layOut(paths: PairPaths, { keyName, recorded = [] }: LayoutOptions = {}): Pair {
  const { certificate, key, combined, shape = "files", outputs = [], rights, trust } = paths;
  // The versions of a flip come and go: everything else is beside the link, and named after it. So another
  // pair may have its two files in that directory.
  const link = shape === "flip" ? directoryOf(certificate) : undefined;
  const home = { certificate: link ?? certificate, key: link ?? key };
  const name = nameOf(home.certificate);
  const stateDirectory = join(directoryOf(home.certificate), ".certswap");
  const state = join(stateDirectory, `${name}.state`);
  const pending = beside(home, "pending");
  const previous = beside(home, "previous");
  const requested = {
    request: temporaryName(home.certificate, "request"),
    key: temporaryName(home.key, "requested"),
    answer: temporaryName(home.certificate, "answer"),
  };
  const record = temporaryName(home.key, "known");
  const others = [
    ...(combined === undefined ? [] : [combined]),
    ...outputs.map(({ path }) => path),
    ...recorded,
  ].filter((path) => directoryOf(path) !== link);
  const managed = new Set([
    ...others,
    ...[home, pending, previous].flatMap(filesOf),
    requested.request,
    requested.key,
    requested.answer,
    state,
    record,
  ]);
  const keys = [pending.key, previous.key, requested.key];
  // A link is never another pair's, and cannot be locked as a file can.
  const shared = new Set([...(link === undefined ? [home.key] : []), ...keys, ...others]);
  return {
    active: { certificate, key },
    keyName: keyName ?? key,
    combined,
    shape,
    outputs,
    rights: rights ?? { certificate: {}, key: {} },
    trust,
    pending,
    previous,
    requested,
    state,
    record,
    site: {
      stateDirectory,
      name,
      manages: (target) => managed.has(target),
      // Another pair may share the key, the combined file or an output, but never the certificate.
      sharesTarget: (target) => shared.has(target),
      directories: [...new Set([home.certificate, home.key, ...others].map(directoryOf))],
    },
  };
}

/** Both halves have the same path if a pair's only home is one file or one link. */
function beside({ certificate, key }: PairFiles, suffix: string): PairFiles {
  return {
    certificate: temporaryName(certificate, suffix),
    key: temporaryName(key, certificate === key ? `${suffix}key` : suffix),
  };
}

function filesOf({ certificate, key }: PairFiles): readonly string[] {
  return [certificate, key];
}
