/** The scenarios that the adversary attacks, and how. */
import type { AdversaryOptions } from "../model/adversary.ts";
import type { Scenario } from "../model/walk.ts";
import { type CaCast, caScenarios, failingCaChanges } from "./ca_scenarios.ts";
import type { Cast } from "./device_plot.ts";
import { deviceScenarios, failingSwaps } from "./device_scenarios.ts";
import { flipScenarios } from "./flip_scenarios.ts";
import { type OutputCast, outputScenarios } from "./output_scenarios.ts";
import { type RotationCast, rotationScenarios } from "./rotation_scenarios.ts";
import { trustScenarios } from "./trust_scenarios.ts";
import { refusedScenarios, transactionScenarios } from "./transaction_scenarios.ts";

/** A scenario under attack. */
export interface AttackedScenario {
  readonly scenario: Scenario;
  readonly options: AdversaryOptions;
}

/** Exchanges that last for one operation, for two, and for good. */
const lasting = [1, 2, Infinity];

/** Transactions alone, and recovery from a kill at each moment. */
export const attackedTransactions: readonly AttackedScenario[] = [
  ...transactionScenarios.map((scenario) => ({
    scenario,
    options: { lasting, inRecovery: scenario.name !== "targets never fsynced by the user" },
  })),
  ...refusedScenarios.map(({ scenario, fault }) => ({
    scenario,
    options: { lasting, inRecovery: false, fault },
  })),
];

/** The commands of a device. Their checks take longer than their writes. */
export function attackedDevices(cast: Cast): readonly AttackedScenario[] {
  const options = { lasting: [1, Infinity], inRecovery: false };
  return [
    ...deviceScenarios(cast).map((scenario) => ({ scenario, options })),
    ...failingSwaps(cast).map(({ scenario, fault }) => ({
      scenario,
      options: { ...options, fault },
    })),
  ];
}

/** What is made from a pair: a part of it, which has all kinds of files. */
export function attackedOutputs(cast: OutputCast): readonly AttackedScenario[] {
  const options = { lasting: [1, Infinity], inRecovery: false };
  const outputs = outputScenarios(cast).map(({ scenario }) => scenario);
  return [...flipScenarios(cast), ...outputs]
    .filter(({ name }) => attackedNames.includes(name))
    .map((scenario) => ({ scenario, options }));
}

const attackedNames = [
  "flip, first pair, with outputs",
  "flip, replacing, with outputs",
  "swap, first pair, with four outputs",
  "swap, in a combined file only, keeping the previous",
];

/**
 * Whole rotations: request, renewal, hook and rollback. They have so many operations that all attacks on them
 * take hours: `deno task walk NAME` makes them all.
 */
export function attackedRotations(cast: RotationCast): readonly AttackedScenario[] {
  const options = { lasting: [1, Infinity], inRecovery: false, oneIn: 11 };
  return rotationScenarios(cast).map((scenario) => ({ scenario, options }));
}

/**
 * Changes of a trust bundle: whole rotations as well, with a server. Without the first contact, which writes
 * a file of trust anchors: such a file is the operator's, may be a link, and is followed.
 */
export async function attackedTrust(): Promise<readonly AttackedScenario[]> {
  const options = { lasting: [1, Infinity], inRecovery: false, oneIn: 53 };
  return (await trustScenarios())
    .filter(({ name }) => !name.includes("only the fingerprint"))
    .map((scenario) => ({ scenario, options }));
}

/** The commands that change a CA, without repair: its new state depends on what it finds. */
export async function attackedCas(cast: CaCast): Promise<readonly AttackedScenario[]> {
  const options = { lasting: [1, Infinity], inRecovery: false };
  const all = [
    ...(await caScenarios(cast)).filter(({ name }) => !name.startsWith("ca serve"))
      .map((scenario) => ({ scenario, options })),
    ...(await failingCaChanges(cast)).map(({ scenario, fault }) => ({
      scenario,
      options: { ...options, fault },
    })),
  ];
  // A certificate that the adversary makes takes its random number, and another is drawn: neither state is
  // reached.
  return all.filter(({ scenario: { name } }) =>
    !name.startsWith("ca check") && !name.includes("random serial numbers")
  );
}
