/** Repairs what belongs to an active pair: outputs, the combined file, owners and modes. */
import { perform, type Proposal, proposeRepair, type Repair } from "../change/mod.ts";
import {
  type Owed,
  type Pair,
  type PairState,
  putState,
  readActivePair,
  readState,
  type SoundPair,
} from "../pair/mod.ts";
import type { PairConfiguration } from "../configuration/mod.ts";
import { fetchAnchors } from "../issuer/mod.ts";
import { present } from "../../system/mod.ts";
import { fingerprint } from "../../x509/mod.ts";
import { requireStateFile, type Rotation, tell } from "./context.ts";
import { emptyResult, type RotationResult, type TrustChange } from "./event.ts";
import { isStopped, type OwedConfiguration, owedFor, type Settle } from "./owed/mod.ts";

/** What a repair gets. */
type RepairOptions = OwedConfiguration & Pick<PairConfiguration, "issuer"> & {
  readonly settle: Settle;
  /** A new content of the trust bundle, and how it is recorded. */
  readonly bundle?: {
    readonly path: string;
    readonly content: Uint8Array;
    readonly also: (state: PairState) => PairState;
  };
  /** Called when the trust bundle has its new content, before any hook runs. */
  readonly onWritten?: () => Promise<TrustChange>;
};

/** A proposed repair, with what it was proposed for. */
interface RepairProposal extends Proposal {
  readonly repair: Repair | undefined;
  readonly debt: Owed | undefined;
}

/**
 * Repairs an active pair in one transaction, and has its hooks and probes run: the service may have read what
 * was wrong.
 *
 * @throws StateBlockedError, the errors of fetching a missing CA certificate, of `perform`, and of proposing
 *   the repair: nothing has changed.
 */
export async function repairPair(
  rotation: Rotation,
  configuration: RepairOptions,
): Promise<RotationResult> {
  const { system, pair, lockTimeout } = rotation;
  const { bundle, onWritten } = configuration;
  const wanted = bundle === undefined ? pair : withBundle(pair, bundle);
  await requireStateFile(rotation);
  // Outputs may be made of a CA certificate that the device has only the fingerprint of.
  await fetchAnchors(system, configuration.issuer, pair.trust);
  const { proposal, warnings } = await perform(system, pair, {
    lockTimeout,
    propose: async (): Promise<RepairProposal> => {
      const { state, stored } = await readState(system, pair);
      const active = await readActivePair(system.files, pair);
      const nothing = { entries: [], warnings: [], repair: undefined, debt: undefined };
      if (active.condition !== "sound") return nothing;
      const records = state.outputs ?? [];
      const repair = await proposeRepair(system, wanted, { active, records });
      if (repair.entries.length === 0) return nothing;
      const debt = await debtOf(rotation, configuration, { state, active });
      const repaired = await putState(system, pair, {
        state: (bundle?.also ?? unchanged)(repairedState(state, { repair, debt })),
        stored,
      });
      const entries = [...repair.entries, ...repaired];
      return { entries, version: repair.version, warnings: [], repair, debt };
    },
  });
  const { repair, debt } = proposal;
  if (repair === undefined) return { ...emptyResult(rotation.name), warnings };
  const repaired = repair.defects.map(({ path }) => path).filter((path) => path !== bundle?.path);
  const result = {
    ...emptyResult(rotation.name),
    repaired,
    warnings,
    ...present({ trust: await onWritten?.() }),
  };
  if (repaired.length > 0) tell(rotation, { event: "repaired", paths: repaired });
  if (debt === undefined) return { ...result, outcome: "repaired" };
  const settled = await configuration.settle({ rotation, configuration, debt });
  const { owed, errors } = settled;
  return {
    ...result,
    outcome: owed === undefined ? "repaired" : "owed",
    owed,
    errors,
    warnings: [...warnings, ...settled.warnings],
    isInterrupted: errors.some(isStopped),
  };
}

const unchanged = (state: PairState): PairState => state;

/** The pair with the new content of its trust bundle. */
function withBundle(
  pair: Pair,
  { path, content }: NonNullable<RepairOptions["bundle"]>,
): Pair {
  const outputs = pair.outputs.map((output) =>
    output.path === path ? { ...output, content } : output
  );
  return { ...pair, outputs };
}

/** What the service is told: what is pending already, and all hooks again. */
async function debtOf(
  { system }: Rotation,
  configuration: OwedConfiguration,
  { state, active }: { readonly state: PairState; readonly active: SoundPair },
): Promise<Owed | undefined> {
  const debt = owedFor(configuration, {
    since: system.clock.now(),
    fingerprint: await fingerprint(active.loaded.leaf),
    replacedSerial: undefined,
  });
  const { owed } = state;
  if (owed === undefined || debt === undefined) return debt ?? owed;
  const { hooksDone: _, ...pending } = owed;
  return { ...pending, hook: debt.hook, probe: pending.probe || debt.probe };
}

function repairedState(
  state: PairState,
  { repair, debt }: { readonly repair: Repair; readonly debt: Owed | undefined },
): PairState {
  const known = repair.records.map(({ path }) => path);
  const outputs = [
    ...repair.records,
    ...(state.outputs ?? []).filter(({ path }) => !known.includes(path)),
  ];
  return {
    ...state,
    ...(outputs.length === 0 ? {} : { outputs }),
    ...(debt === undefined ? {} : { owed: debt }),
  };
}
