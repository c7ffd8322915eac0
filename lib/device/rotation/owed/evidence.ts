/** Whether what a probe sees says anything of the new pair: it is compared with what it saw before. */
import { present, second, sha256Hex, type Stage } from "../../../system/mod.ts";
import { fingerprint } from "../../../x509/mod.ts";
import { type EarlierSight, type Owed, readActivePair, type SoundPair } from "../../pair/mod.ts";
import { type ExpectedPair, lookOnce, probe as probeUntil } from "../../service/mod.ts";
import type { ProbeConfiguration, ProbeSight } from "../../service/mod.ts";
import type { Rotation } from "../context.ts";
import { ProbeBlindError } from "../errors.ts";
import type { ServiceConfiguration } from "./debt.ts";

/** The most that one look before a change may take, in milliseconds: the change waits for it. */
const earlierLookLimit = 5 * second;

/** The stages, from the least to the most that can be seen. */
const stages: readonly Stage[] = ["nothing", "connected", "handshake", "certificate"];

/** What was seen before a change, and of which certificate. */
export interface EarlierSights {
  /** SHA-256 of the leaf that was active. */
  readonly fingerprint: string;
  readonly sights: readonly EarlierSight[];
}

/**
 * Has each probe look once for the certificate that is active now, before it is replaced.
 *
 * @returns `undefined` if there is no sound pair, so that there will be nothing to go back to.
 * @throws ProbeStoppedError
 */
export async function lookBefore(
  rotation: Rotation,
  { probes }: Pick<ServiceConfiguration, "probes">,
): Promise<EarlierSights | undefined> {
  if (probes.length === 0) return undefined;
  const active = await readActivePair(rotation.system.files, rotation.pair.active);
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
 * What a sight says of the pair that the service was told of.
 *
 * - `served`: the service uses it
 * - `refused`: it does not, although the probe can see the service
 * - `unproven`: the probe sees no more than it did before, or nobody knows what it saw before
 */
export type Verdict = "served" | "refused" | "unproven";

/** What a sight is compared with. */
interface Earlier {
  readonly before: EarlierSight | undefined;
  /** SHA-256 of the leaf that was replaced, if there is a way back to it. */
  readonly replaced: string | undefined;
}

/** Judges what a probe saw after the change. docs/explanation/rotation.md has the table. */
export function judge(
  { saw, stage, fingerprint }: Pick<ProbeSight, "saw" | "stage" | "fingerprint">,
  { before, replaced }: Earlier,
): Verdict {
  if (saw === "expected") return "served";
  if (saw === "another") {
    // The service is still at the old one: that can be gone back to, whatever was seen before.
    if (fingerprint !== undefined && fingerprint === replaced) return "refused";
    // A probe that never saw this pair's certificates looks at something else. No pair changes that.
    return before === undefined || before.saw === "expected" ? "refused" : "unproven";
  }
  if (before === undefined || before.since === "same") return "unproven";
  return stages.indexOf(stage) < stages.indexOf(before.stage) ? "refused" : "unproven";
}

/** What all probes of a pair have seen. */
export interface Looked {
  /** Whether every probe has seen the pair in use. */
  readonly isServed: boolean;
  readonly isRefused: boolean;
  /** One for each probe that has not seen it. */
  readonly errors: readonly unknown[];
  /** What is known of each probe for the next look. */
  readonly before: readonly EarlierSight[] | undefined;
}

/** The service of a pair, and what it is owed. */
interface Watched {
  readonly rotation: Rotation;
  readonly service: Pick<ServiceConfiguration, "probes">;
  readonly owed: Owed;
  readonly active: SoundPair;
  /** Whether that is the previous pair, which was restored. */
  readonly isRestored: boolean;
}

/**
 * Has each probe look for the active pair that has not seen it yet.
 *
 * @param patience `once`, or until the deadline of the probe: then the first that proves a refusal ends it.
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
    const error = sight.error?.at({ position: index + 1, count: probes.length });
    const verdict = judge(sight, { before, replaced: owed.restorable });
    if (before !== undefined && verdict !== "refused") {
      known.set(digest, { ...before, since: verdict === "served" ? "served" : "same" });
    }
    if (verdict === "served") continue;
    isRefused ||= verdict === "refused";
    errors.push(
      verdict === "refused"
        ? error
        : new ProbeBlindError({ isAsBefore: before !== undefined, isRestored, cause: error }),
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

/** By which a probe is known again: SHA-256 of what it is configured for. Its deadline does not matter. */
async function digestOf({ deadline: _, ...probe }: ProbeConfiguration): Promise<string> {
  const fields = Object.entries(probe).toSorted(([a], [b]) => a < b ? -1 : 1);
  return await sha256Hex(new TextEncoder().encode(JSON.stringify(fields)));
}
