/** `certswap stage`: checks a new pair and stores it next to the active one. */
import { planStage, stage } from "../../device/change/mod.ts";
import {
  certificateRows,
  certificateToJson,
  changeLines,
  changesToJson,
  type Outcome,
  recoveryToJson,
  tellRecovery,
} from "../print/mod.ts";
import {
  type CommonFlags,
  type MissingFlags,
  type NewPairFlags,
  type PairFlags,
  requiredNewPair,
  selectPair,
  type WaiverFlags,
} from "../declaration/mod.ts";
import { flagsText } from "../given_flags.ts";
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
        "The pair passes every check. Without --dry-run, certswap would",
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
      `Pair staged successfully. To activate it: certswap swap ${flagsText(flags)}`,
      ...fields([
        ...certificateRows(certificate),
        ["Certificate", pending.certificate],
        ["Key", pending.key],
      ]),
    ],
    warnings,
  };
}
