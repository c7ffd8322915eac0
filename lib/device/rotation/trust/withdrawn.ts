/** Which roots are removed from a trust bundle, because its source no longer has them. */
import { CertswapError, day } from "../../../system/mod.ts";
import { isValidAt, verifyChain } from "../../../x509/mod.ts";
import type { BundleRecord, LoadedPair } from "../../pair/mod.ts";
import { RootStillNeededError, type StayReason } from "./errors.ts";
import type { Root } from "./roots.ts";

/**
 * For how long a source must be without a root before the root is removed, in milliseconds. Other devices
 * show certificates of the old root until they have renewed; and a mistake on the server is noticed by then.
 */
export const withdrawalDelay = 7 * day;

/** What is known before roots are removed. */
interface WithdrawalMaterial {
  /** The bundle with the roots that are added now. */
  readonly roots: readonly Root[];
  readonly served: readonly Root[];
  readonly record: BundleRecord | undefined;
  readonly now: Date;
  readonly path: string;
  readonly current: LoadedPair;
  readonly purposes: readonly string[] | undefined;
  /** Whether the server can still be verified with these roots alone. */
  readonly isReachable: (roots: readonly Root[]) => Promise<boolean>;
}

/** What happens to the roots that the source no longer has. */
export interface JudgedWithdrawals {
  readonly left: readonly Root[];
  readonly removed: readonly Root[];
  /** Those that are not removed yet. */
  readonly withdrawn: BundleRecord["withdrawn"];
  readonly warnings: readonly RootStillNeededError[];
}

/**
 * Judges the roots that the source had, and no longer has. One that is still needed stays: for the chain of
 * the active certificate, to verify the server, or as the last one.
 */
export async function judgeWithdrawals(
  { roots, served, record, now, path, ...material }: WithdrawalMaterial,
): Promise<JudgedWithdrawals> {
  const has = new Set(served.map(({ fingerprint }) => fingerprint));
  const since = new Map(
    (record?.withdrawn ?? []).map(({ fingerprint, since }) => [fingerprint, since]),
  );
  const gone = roots.filter(({ fingerprint }) =>
    record?.served.includes(fingerprint) && !has.has(fingerprint)
  );
  let left = roots;
  const removed: Root[] = [];
  const withdrawn: { fingerprint: string; since: Date }[] = [];
  const warnings: RootStillNeededError[] = [];
  for (const root of gone) {
    const { fingerprint, subject } = root;
    const others = left.filter((other) => other !== root);
    const known = since.get(fingerprint) ?? now;
    // If the clock was set back, the delay begins again: no root is removed because of a wrong clock.
    const first = known > now ? now : known;
    const isOver = now.getTime() - first.getTime() >= withdrawalDelay;
    const reason = await reasonToStay(others, { ...material, now, left, isOver });
    if (reason !== undefined) {
      warnings.push(new RootStillNeededError(path, { fingerprint, subject }, reason));
    }
    if (isOver && reason === undefined) {
      left = others;
      removed.push(root);
    } else withdrawn.push({ fingerprint, since: first });
  }
  return { left, removed, withdrawn, warnings };
}

async function reasonToStay(
  others: readonly Root[],
  { left, isOver, now, current, purposes, isReachable }:
    & Pick<WithdrawalMaterial, "now" | "current" | "purposes" | "isReachable">
    & { readonly left: readonly Root[]; readonly isOver: boolean },
): Promise<StayReason | undefined> {
  if (!others.some(({ certificate }) => isValidAt(certificate, now))) return "last";
  const pair = { current, purposes, now };
  if (await leadsTo(left, pair) && !await leadsTo(others, pair)) return "active-chain";
  // The server is asked only when it counts.
  return isOver && !await isReachable(others) ? "server" : undefined;
}

/** Whether the active certificate, with the chain that its service sends, leads to one of these roots. */
async function leadsTo(
  roots: readonly Root[],
  { current: { leaf, chain }, purposes, now }: Pick<
    WithdrawalMaterial,
    "current" | "purposes" | "now"
  >,
): Promise<boolean> {
  try {
    await verifyChain({
      leaf,
      intermediates: chain,
      anchors: roots.map(({ certificate }) => certificate),
      at: isValidAt(leaf, now) ? now : leaf.notBefore,
      purposes,
    });
    return true;
  } catch (error) {
    if (error instanceof CertswapError) return false;
    throw error;
  }
}
