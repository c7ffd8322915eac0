/** `certswap stage`: puts a checked pair beside the active one. */
import { planStage, stage } from "../../device/change/stage.ts";
import {
  certificateRows,
  certificateToJson,
  changeLines,
  changesToJson,
} from "../print/certificate_text.ts";
import type { CommonFlags } from "../declaration/command.ts";
import {
  type MissingFlags,
  type NewPairFlags,
  type PairFlags,
  requiredNewPair,
  type WaiverFlags,
} from "../declaration/flags.ts";
import type { Outcome } from "../print/output.ts";
import { recoveryToJson, tellRecovery } from "../print/recovery_text.ts";
import { selectPair } from "../declaration/selected_pair.ts";
import { fields } from "../text.ts";
import type { World } from "../world.ts";

/** The flags of `certswap stage`. */
export interface StageFlags
  extends PairFlags, NewPairFlags, WaiverFlags, MissingFlags, CommonFlags {
  readonly trust?: string;
  /** OBJECT IDENTIFIERs in dots. */
  readonly purpose?: readonly string[];
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly dryRun: boolean;
}

/** `certswap stage`. */
export default async function stageCommand(
  world: World,
  flags: StageFlags,
): Promise<Outcome> {
  const { system } = world;
  const { paths, configured } = await selectPair(world, flags);
  const options = {
    ...flags,
    trust: flags.trust ?? configured?.trust,
    allowCa: flags.allowCa || configured?.allowCa === true,
    purposes: flags.purpose ?? configured?.purposes,
    newPair: requiredNewPair(flags),
    onRecovery: tellRecovery(world),
  };
  if (flags.dryRun) {
    const { proposal, changes, warnings } = await planStage(system, paths, options);
    return {
      json: {
        dryRun: true,
        certificate: certificateToJson(proposal.certificate),
        changes: changesToJson(changes),
      },
      lines: [
        "The pair passes every check. 'certswap stage' would",
        ...changeLines(changes),
      ],
      warnings,
    };
  }
  const { proposal, recovery, warnings } = await stage(system, paths, options);
  const { certificate, pending } = proposal;
  return {
    json: {
      dryRun: false,
      certificate: certificateToJson(certificate),
      pending: { certificate: pending.certificate, key: pending.key },
      recovery: recoveryToJson(recovery),
    },
    lines: [
      "Pair staged successfully. 'certswap swap' makes it the active one.",
      ...fields([
        ...certificateRows(certificate),
        ["Certificate", pending.certificate],
        ["Key", pending.key],
      ]),
    ],
    warnings,
  };
}
