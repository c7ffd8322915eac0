/** Tries the probes of a pair, without changing anything. */
import type { System } from "../../system/mod.ts";
import { fingerprint } from "../../x509/mod.ts";
import { BrokenActivePairError } from "../errors.ts";
import { type PairPaths, readActivePair, resolveMounted } from "../pair/mod.ts";
import { placeIn } from "./errors.ts";
import { lookOnce } from "./probe.ts";
import type { ProbeConfiguration } from "./probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "./sight.ts";

/** A configured pair with its probes. */
interface ProbedPair {
  readonly name: string;
  readonly paths: PairPaths;
  readonly probes: readonly ProbeConfiguration[];
}

/**
 * Runs every probe of a pair once, for its active pair.
 *
 * @returns the result of each, in the order of the configuration.
 * @throws BrokenActivePairError if there is no usable pair; ProbeStoppedError; the errors of reading.
 */
export async function checkProbes(
  system: System,
  { name, paths, probes }: ProbedPair,
): Promise<readonly ProbeSight[]> {
  if (probes.length === 0) return [];
  const pair = await resolveMounted(system, paths);
  const active = await readActivePair(system.files, pair);
  if (active.condition === "broken") throw active.defect;
  if (active.condition === "missing") {
    throw new BrokenActivePairError(pair.active.certificate, "certificate-missing");
  }
  const { loaded } = active;
  const expected: ExpectedPair = {
    name,
    pair,
    loaded,
    fingerprint: await fingerprint(loaded.leaf),
  };
  const sights: ProbeSight[] = [];
  for (const [index, probe] of probes.entries()) {
    const sight = await lookOnce(system, probe, expected);
    const error = sight.error?.at(placeIn(probes, index));
    sights.push(error === undefined ? sight : { ...sight, error });
  }
  return sights;
}
