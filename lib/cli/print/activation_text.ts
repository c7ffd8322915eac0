/** The output of swap and rollback. */
import type { PairPaths, Performed, Plan, SwapProposal } from "../../device/mod.ts";
import {
  certificateRows,
  certificateToJson,
  changeLines,
  changesToJson,
} from "./certificate_text.ts";
import { homeRows } from "./home_rows.ts";
import type { Outcome } from "./output.ts";
import { recoveryToJson } from "./recovery_text.ts";
import { formatTime } from "../../system/mod.ts";
import type { PairConfiguration } from "../../device/configuration/mod.ts";
import { fields, visible } from "../text.ts";

/** The output of a dry run. */
export function planned(
  { proposal, changes, warnings }: Plan<SwapProposal>,
  { idle }: { readonly idle: string },
): Outcome {
  return {
    json: {
      dryRun: true,
      changed: false,
      certificate: certificateToJson(proposal.certificate),
      replaced: proposal.replaced && certificateToJson(proposal.replaced),
      changes: changesToJson(changes),
    },
    lines: changes.length === 0 ? [] : [
      "The pair passes every check. Without --dry-run, certswap would",
      ...changeLines(changes),
    ],
    idle: changes.length === 0 ? idle : undefined,
    warnings,
  };
}

/** The output of a completed change. */
export function performed(
  { proposal, recovery, warnings }: Performed<SwapProposal>,
  { paths, configured, done, idle }: {
    readonly paths: PairPaths;
    readonly configured: Pick<PairConfiguration, "hooks"> | undefined;
    readonly done: string;
    readonly idle: string;
  },
): Outcome {
  const { certificate, replaced, isChange, keepsPrevious } = proposal;
  return {
    json: {
      dryRun: false,
      changed: isChange,
      certificate: certificateToJson(certificate),
      replaced: replaced && certificateToJson(replaced),
      keptPrevious: keepsPrevious,
      recovery: recoveryToJson(recovery),
    },
    lines: isChange
      ? [
        done,
        ...fields([
          ...certificateRows(certificate),
          ...homeRows(paths),
          ...(paths.outputs ?? []).map(({ path }) => ["Output", path] as const),
          ...replacedRows(proposal),
        ]),
        reloadText(configured?.hooks ?? []),
      ]
      : [],
    idle: isChange ? undefined : idle,
    warnings,
  };
}

/** Only `rotate` runs hooks. The names of commands may hold any text. */
function reloadText(hooks: PairConfiguration["hooks"]): string {
  const commands = hooks.map(({ command }) => command.join(" "));
  return commands.length === 0
    ? "Now reload the service that uses the pair."
    : visible(`Now reload the service (hooks are run only by 'rotate'): ${commands.join("; ")}`);
}

function replacedRows({ replaced, keepsPrevious }: SwapProposal): [string, string][] {
  if (replaced === undefined) return [];
  const fate = keepsPrevious ? "kept for 'certswap rollback'" : "not kept";
  return [[
    "Replaced",
    `serial ${replaced.serial}, valid until ${formatTime(replaced.notAfter)}; ${fate}`,
  ]];
}
