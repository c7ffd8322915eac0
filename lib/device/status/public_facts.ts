/** Reads a pair for a user who may read its certificate, but not its key or its state. */
import {
  attempt,
  type FileSystem,
  isErrno,
  statIfPresent,
  type System,
  type UntrustedPlaceError,
} from "../../system/mod.ts";
import { takeSnapshot } from "../../transaction/mod.ts";
import { type Certificate, certificateFileLimit, readCertificateFile } from "../../x509/mod.ts";
import { placesOf } from "../configuration/mod.ts";
import {
  BrokenActivePairError,
  type KeyExposedError,
  type RenewalBlockedError,
} from "../errors.ts";
import {
  concerning,
  exposedKeysOf,
  layOut,
  type PairPaths,
  type PairState,
  readActivePair,
  readState,
  resolveHalf,
  resolvePair,
  summarize,
} from "../pair/mod.ts";
import {
  conditionOfLeaf,
  type ConfiguredStatus,
  inTime,
  type PairReport,
  report,
  type StatusOptions,
} from "./status.ts";
import { findObstacle, findUntrustedPlaces, type Surroundings } from "./surroundings.ts";

/** The parts of a pair that this user may not read. */
export type Unread = "key" | "state";

/** What the readable files of a pair say. */
export interface PublicFacts {
  readonly now: Date;
  /** If the key cannot be read, the condition is that of the certificate alone. */
  readonly active: PairReport;
  /** Empty if it cannot be read. */
  readonly state: PairState;
  /** Why the next change could not be written. */
  readonly blocked: RenewalBlockedError | undefined;
  /** The places that every rotation refuses. */
  readonly untrusted: readonly UntrustedPlaceError[];
  /** Why a state file that this user may read cannot be read. */
  readonly warning: unknown;
  /** The files of the key that every user can read. */
  readonly exposed: readonly KeyExposedError[];
  readonly unread: readonly Unread[];
}

/** Whether an error means that this user has no permission. Other files may still be readable. */
export function isRefused(error: unknown): boolean {
  return isErrno(error, "EACCES", "EPERM");
}

/**
 * Reads what this user may read of a pair.
 *
 * @throws the errors of resolving and reading the certificate.
 */
export async function readPublicFacts(
  system: System,
  paths: PairPaths,
  { around, places = [] }: Pick<StatusOptions, "places"> & { readonly around: Surroundings },
): Promise<PublicFacts> {
  const { clock, files } = system;
  const now = clock.now();
  const certificate = resolveHalf(files, paths.certificate);
  const whole = await unlessRefused(async () =>
    await report(
      await readActivePair(files, {
        active: { certificate, key: resolveHalf(files, paths.key) },
        combined: undefined,
      }),
      now,
    )
  );
  const active = whole ?? await reportCertificate(files, {
    certificate,
    key: attempt(() => resolveHalf(files, paths.key)) ?? paths.key,
  }, now);
  const found = await unlessRefused(() => readStateAt(system, certificate));
  const unread: (Unread | false)[] = [whole === undefined && "key", found === undefined && "state"];
  const pair = attempt(() => resolvePair(files, paths));
  return {
    now,
    active,
    blocked: pair && attempt(() => findObstacle(files, pair, around)),
    untrusted: pair === undefined ? [] : findUntrustedPlaces(system, pair, { paths, places }),
    state: found?.state ?? { other: {} },
    warning: found?.warning,
    exposed: exposedKeysOf(files, paths),
    unread: unread.filter((one) => one !== false),
  };
}

/** One pair of several: its status, or why it could not be examined and which of its files are public. */
export type SeenPair = ConfiguredStatus & { readonly facts?: PublicFacts | undefined };

/** Adds the public facts to the pairs that this user has no permission to read. */
export async function withPublicFacts(
  system: System,
  pairs: readonly ConfiguredStatus[],
  around: Surroundings,
): Promise<readonly SeenPair[]> {
  return await Promise.all(pairs.map(async (pair) => {
    if (pair.error === undefined || !isRefused(pair.error.cause)) return pair;
    const { configuration } = pair;
    const places = placesOf(configuration);
    const facts = await unlessRefused(() =>
      readPublicFacts(system, configuration.paths, { around, places })
    );
    return { ...pair, facts };
  }));
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

async function reportCertificate(
  files: FileSystem,
  paths: PairReport["files"],
  now: Date,
): Promise<PairReport> {
  const { certificate } = paths;
  const stored = await takeSnapshot(files, certificate, certificateFileLimit);
  const nothing = { files: paths, leaf: undefined, certificate: undefined, served: [] };
  if (stored === undefined) return { ...nothing, condition: "missing", defect: undefined };
  let leaf: Certificate;
  try {
    ({ leaf } = readCertificateFile(stored.content));
  } catch (error) {
    const cause = concerning(certificate, "certificate", error);
    const defect = new BrokenActivePairError(certificate, "unreadable", { cause });
    return { ...nothing, condition: "broken", defect };
  }
  return {
    files: paths,
    condition: conditionOfLeaf(leaf, now),
    leaf,
    certificate: inTime(await summarize(leaf), now),
    served: [leaf],
    defect: undefined,
  };
}

/** Most users cannot look into the state directory, which belongs to certswap (mode 0700). */
async function readStateAt(
  system: System,
  certificate: string,
): Promise<Pick<PublicFacts, "state" | "warning">> {
  const pair = layOut({ certificate, key: certificate });
  if (statIfPresent(system.files, pair.state) === undefined) {
    return { state: { other: {} }, warning: undefined };
  }
  return await readState(system, pair);
}
