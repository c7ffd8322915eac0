/** Judges what a probe sees after a change, by comparing it with what it saw before. */
import { present, second, sha256Hex, type Stage } from "../../../system/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import { type EarlierSight, type Owed, readActivePair, type SoundPair } from "../../pair/mod.ts";
import { type ExpectedPair, lookOnce, placeIn, probe as probeUntil } from "../../service/mod.ts";
import type { ProbeConfiguration, ProbeSight } from "../../service/mod.ts";
import type { Rotation } from "../context.ts";
import { ProbeBlindError } from "../errors.ts";
import type { ServiceConfiguration } from "./debt.ts";

/** The time limit for one look before a change, in milliseconds: the change waits for it. */
const earlierLookLimit = 5 * second;

/** The stages that a look can reach, from the first to the last. */
const stages: readonly Stage[] = ["nothing", "connected", "handshake", "certificate"];

/** What the probes saw before a change, and which certificate they looked for. */
export interface EarlierSights {
  /** SHA-256 of the leaf that was active. */
  readonly fingerprint: string;
  readonly sights: readonly EarlierSight[];
}

/**
 * Has each probe look once for the certificate that is active now, before it is replaced.
 *
 * @returns `undefined` if there is no usable pair, so that a rollback is impossible.
 * @throws ProbeStoppedError
 */
export async function lookBefore(
  rotation: Rotation,
  { probes }: Pick<ServiceConfiguration, "probes">,
): Promise<EarlierSights | undefined> {
  if (probes.length === 0) return undefined;
  const active = await readActivePair(rotation.system.files, rotation.pair);
  if (active.condition !== "sound") return undefined;
  const expected = await expectedPair(rotation, active);
  const sights: EarlierSight[] = [];
  for (const probe of probes) {
    const deadline = Math.min(probe.deadline, earlierLookLimit);
    const sight = await lookOnce(rotation.system, { ...probe, deadline }, expected);
    const { stage, saw } = sight;
    const seen = present({ fingerprint: sight.fingerprint });
    sights.push({ probe: await digestOf(probe), stage, saw, ...seen });
  }
  return { fingerprint: expected.fingerprint, sights };
}

/**
 * What a probe proves about the pair that the service should use.
 *
 * - `served`: the service uses it
 * - `refused`: the service does not use it, although the probe can see its certificate
 * - `unproven`: the probe sees no more than before the change, or what it saw before is unknown
 */
export type Verdict = "served" | "refused" | "unproven";

/** What a look after the change is compared with. */
interface Earlier {
  readonly before: EarlierSight | undefined;
  /** SHA-256 of the replaced leaf, if a rollback is possible. */
  readonly replaced: string | undefined;
}

/** Judges what a probe saw after the change, by the table in docs/explanation/rotation.md. */
export function judge(
  { saw, stage, fingerprint }: Pick<ProbeSight, "saw" | "stage" | "fingerprint">,
  { before, replaced }: Earlier,
): Verdict {
  if (saw === "expected") return "served";
  if (saw === "another") {
    // The service still uses the old pair, which can be restored. What was seen before does not matter.
    if (fingerprint !== undefined && fingerprint === replaced) return "refused";
    // A probe that never saw this pair's certificates looks at something else. A rollback would not help.
    return before === undefined || before.saw === "expected" ? "refused" : "unproven";
  }
  if (before === undefined || before.since === "same") return "unproven";
  return stages.indexOf(stage) < stages.indexOf(before.stage) ? "refused" : "unproven";
}

/** What all probes of a pair have seen. */
export interface Looked {
  /** Whether every probe has seen the service use the pair. */
  readonly isServed: boolean;
  readonly isRefused: boolean;
  /** One for each probe that has not seen it. */
  readonly errors: readonly unknown[];
  /** What each probe has seen so far, for the next look. */
  readonly before: readonly EarlierSight[] | undefined;
}

/** A pair whose probe is pending. */
interface Watched {
  readonly rotation: Rotation;
  readonly service: Pick<ServiceConfiguration, "probes">;
  readonly owed: Owed;
  readonly active: SoundPair;
  /** Whether the active pair is the previous one, which was restored. */
  readonly isRestored: boolean;
}

/**
 * Has each probe look for the active pair, unless it has already seen it.
 *
 * @param patience `once`, or until the deadline of each probe. In that case the first proof of a refusal
 *   ends the look.
 * @throws ProbeStoppedError
 */
export async function lookForActive(
  { rotation, service: { probes }, owed, active, isRestored }: Watched,
  patience: "once" | "deadline",
): Promise<Looked> {
  const { system } = rotation;
  const look = patience === "once" ? lookOnce : probeUntil;
  const expected = await expectedPair(rotation, active);
  const known = new Map((owed.before ?? []).map((sight) => [sight.probe, sight]));
  const errors: unknown[] = [];
  let isRefused = false;
  for (const [index, probe] of probes.entries()) {
    const digest = await digestOf(probe);
    const before = known.get(digest);
    if (before?.since === "served") continue;
    const sight = await look(system, probe, expected);
    const error = sight.error?.at(placeIn(probes, index));
    const verdict = judge(sight, { before, replaced: owed.restorable });
    if (before !== undefined && verdict !== "refused") {
      known.set(digest, { ...before, since: verdict === "served" ? "served" : "same" });
    }
    if (verdict === "served") continue;
    isRefused ||= verdict === "refused";
    errors.push(
      verdict === "refused"
        ? error
        : new ProbeBlindError({ sawBefore: before?.saw, isRestored, cause: error }),
    );
    if (isRefused && patience === "deadline") break;
  }
  return {
    isServed: errors.length === 0,
    isRefused,
    errors,
    before: owed.before && [...known.values()],
  };
}

async function expectedPair(
  { name, pair }: Rotation,
  { loaded }: SoundPair,
): Promise<ExpectedPair> {
  return { fingerprint: await fingerprint(loaded.leaf), name, pair, loaded };
}

/** Identifies a probe: SHA-256 of its configuration without the deadline. */
async function digestOf({ deadline: _, ...probe }: ProbeConfiguration): Promise<string> {
  const fields = Object.entries(probe).toSorted(([a], [b]) => a < b ? -1 : 1);
  return await sha256Hex(new TextEncoder().encode(JSON.stringify(fields)));
}
