/** Keeps a trust bundle up to date: asks its source, and changes the file in a transaction of the pair. */
import { CertswapError } from "../../../system/mod.ts";
import { InterruptedError } from "../../../transaction/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import {
  type BundleRecord,
  type CertificateSummary,
  loadAnchors,
  mostRecorded,
  type PairState,
  readActivePair,
  readState,
  summarize,
} from "../../pair/mod.ts";
import { fetchAnchors, prepareIssuer } from "../../issuer/mod.ts";
import { writeBundle } from "../../pair/outputs/mod.ts";
import { statIfPresent } from "../../../system/mod.ts";
import { type Rotation, tell, writeDown } from "../context.ts";
import { emptyResult, type RotationResult, type TrustChange } from "../event.ts";
import type { OwedConfiguration, Settle } from "../owed/mod.ts";
import { repairPair } from "../repair_pair.ts";
import { bundleOf, recordOf } from "./due.ts";
import {
  NoPairForTrustError,
  RootNotAcceptedError,
  RootsNotTrustedError,
  TrustNotRefreshedError,
} from "./errors.ts";
import { type JudgedRoots, judgeRoots, type Root, toRoots } from "./roots.ts";
import { isReachable, readSource } from "./source.ts";
import { type JudgedWithdrawals, judgeWithdrawals } from "./withdrawn.ts";

/** The part of a pair's configuration that a refresh reads. */
export type TrustConfiguration =
  & OwedConfiguration
  & Pick<PairConfiguration, "trustBundle" | "issuer" | "purposes">;

/** Options of {@linkcode refreshTrust}. */
interface RefreshOptions {
  readonly settle: Settle;
  /** The fingerprint of a root that a person accepts. */
  readonly accepted?: string | undefined;
}

/**
 * Refreshes the trust bundle of a pair. Roots that a trusted one certifies are added, and roots that the
 * source has withdrawn are removed later. If anything changes, the hooks run. If the source cannot be read,
 * the bundle stays as it is, and a warning says why.
 *
 * @throws RootNotAcceptedError, and why the source cannot be read, if a root is to be accepted.
 * @throws the errors of reading the bundle, and of `perform`: nothing has changed.
 */
export async function refreshTrust(
  rotation: Rotation,
  configuration: TrustConfiguration,
  { settle, accepted }: RefreshOptions,
): Promise<RotationResult> {
  const { system, pair, name } = rotation;
  const nothing = emptyResult(name);
  const bundle = bundleOf(pair);
  const { trustBundle } = configuration;
  if (bundle === undefined || trustBundle === undefined) return nothing;
  const { path } = bundle;
  const { state } = await readState(system, pair);
  const active = await readActivePair(system.files, pair);
  if (active.condition !== "sound") {
    const { certificate } = pair.active;
    if (accepted !== undefined) throw new NoPairForTrustError({ pair: name, certificate });
    return nothing;
  }
  const record = recordOf(state, path);
  const now = system.clock.now();
  const isThere = statIfPresent(system.files, path) !== undefined;
  const { issuer } = configuration;
  if (!isThere) await fetchAnchors(system, issuer, pair.trust);
  const trusted =
    (await toRoots(loadAnchors(system.files, isThere ? path : pair.trust).anchors ?? []))
      .filter(({ fingerprint }) => isThere || !record?.removed.includes(fingerprint));
  const current = active.loaded;
  const sourceOptions = { source: trustBundle, issuer, current };
  const read = (anchors: readonly Root[]) => ({
    ...sourceOptions,
    anchors: anchorsFor(rotation, configuration, anchors),
  });
  let served: readonly Root[];
  try {
    if (trustBundle.source === undefined) await prepareIssuer(system, issuer);
    served = await readSource(system, read(trusted));
  } catch (cause) {
    if (!(cause instanceof CertswapError) || cause instanceof InterruptedError) throw cause;
    const error = new TrustNotRefreshedError(path, { isRepeated: accepted === undefined, cause });
    if (accepted !== undefined) throw error;
    const warnings = await writeDown(
      rotation,
      (state) => withRecord(state, path, { ...emptyRecord, ...record, asked: now }),
    );
    return { ...nothing, warnings: [error, ...warnings] };
  }
  const removed = record?.removed ?? [];
  const judged = await judgeRoots({ trusted, served, removed, accepted, now });
  if (accepted !== undefined) requireAccepted(accepted, { trusted, served, judged });
  const roots = [...trusted, ...judged.added];
  const gone = await judgeWithdrawals({
    roots,
    served,
    record,
    now,
    path,
    current,
    purposes: configuration.purposes,
    isReachable: (others) => isReachable(system, read(others)),
  });
  const next = nextRecord(record, { now, served, judged, gone });
  const warnings = [...refusals(path, judged), ...gone.warnings];
  const isChanged = judged.added.length + gone.removed.length > 0;
  if (!isChanged && isThere) {
    const noted = await writeDown(rotation, (state) => withRecord(state, path, next));
    return { ...nothing, warnings: [...warnings, ...noted] };
  }
  const content = writeBundle(gone.left.map(({ certificate }) => certificate));
  const written = await repairPair(rotation, {
    ...configuration,
    settle,
    bundle: { path, content, also: (state) => withRecord(state, path, next) },
    onWritten: async () => {
      const change = await toChange(path, { added: judged.added, removed: gone.removed });
      tell(rotation, { event: "trust-changed", ...change });
      return change;
    },
  });
  return { ...written, warnings: [...warnings, ...written.warnings] };
}

/**
 * The server's own file of trust anchors, unless it is the one that the bundle has replaced, or no server is
 * asked.
 */
function anchorsFor(
  { system, pair }: Rotation,
  { issuer, trustBundle }: TrustConfiguration,
  roots: readonly Root[],
): readonly Root["certificate"][] {
  const own = issuer?.kind === "est" ? issuer.trust : undefined;
  const isBundle = own === undefined || trustBundle?.source !== undefined ||
    own === trustBundle?.path || own === trustBundle?.first ||
    own === pair.trust;
  return isBundle
    ? roots.map(({ certificate }) => certificate)
    : loadAnchors(system.files, own).anchors ?? [];
}

/** @throws RootNotAcceptedError */
function requireAccepted(
  fingerprint: string,
  { trusted, served, judged }: {
    readonly trusted: readonly Root[];
    readonly served: readonly Root[];
    readonly judged: JudgedRoots;
  },
): void {
  if ([...trusted, ...judged.added].some((root) => root.fingerprint === fingerprint)) return;
  const refused = judged.refused.find((root) => root.fingerprint === fingerprint);
  const isServed = served.some((root) => root.fingerprint === fingerprint);
  const offered = judged.refused.filter(({ reason }) =>
    reason === "not-certified" || reason === "removed"
  );
  const reason = refused?.reason ?? (isServed ? "not-a-ca" : undefined);
  throw new RootNotAcceptedError({ fingerprint, reason, offered });
}

/** A root that was removed is not news: `status` shows it. */
function refusals(path: string, { refused }: JudgedRoots): readonly RootsNotTrustedError[] {
  const news = refused.filter(({ reason }) => reason !== "removed");
  return news.length === 0 ? [] : [new RootsNotTrustedError(path, news)];
}

const emptyRecord = { served: [], withdrawn: [], removed: [], offered: [] } as const;

function nextRecord(
  record: BundleRecord | undefined,
  { now, served, judged, gone: { left, removed, withdrawn } }: {
    readonly now: Date;
    readonly served: readonly Root[];
    readonly judged: JudgedRoots;
    readonly gone: JudgedWithdrawals;
  },
): BundleRecord {
  const has = new Set([
    ...served.map(({ fingerprint }) => fingerprint),
    ...record?.served ?? [],
  ]);
  const kept = new Set(left.map(({ fingerprint }) => fingerprint));
  const before = [...removed.map(({ fingerprint }) => fingerprint), ...record?.removed ?? []];
  return {
    asked: now,
    refreshed: now,
    served: [...kept].filter((fingerprint) => has.has(fingerprint)),
    withdrawn: withdrawn.slice(0, mostRecorded),
    removed: before.filter((fingerprint) => !kept.has(fingerprint)).slice(0, mostRecorded),
    offered: judged.refused.filter(({ reason }) =>
      reason === "not-certified" || reason === "removed"
    )
      .map(({ fingerprint }) => fingerprint).slice(0, mostRecorded),
  };
}

/** The state with what is known of a trust bundle. */
function withRecord(state: PairState, path: string, bundle: BundleRecord): PairState {
  const { outputs = [] } = state;
  const others = outputs.filter((record) => record.path !== path);
  return { ...state, outputs: [...others, { path, bundle }] };
}

async function toChange(
  path: string,
  { added, removed }: { readonly added: readonly Root[]; readonly removed: readonly Root[] },
): Promise<TrustChange> {
  const all = (roots: readonly Root[]): Promise<CertificateSummary[]> =>
    Promise.all(roots.map(({ certificate }) => summarize(certificate)));
  return { path, added: await all(added), removed: await all(removed) };
}
