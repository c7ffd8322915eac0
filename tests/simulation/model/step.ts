import type { Operation } from "./simulated_file_system.ts";

/*
 * Steps of the protocol, told from the operations of a run alone: the product knows nothing of the
 * simulation.
 */

/** What a path is to certswap. */
export type Role =
  | "staged file"
  | "backup"
  | "journal"
  | "journal draft"
  | "lock"
  | "state directory"
  | "directory"
  | "target";

/** The role of the path that an operation names. */
export function roleOf({ path, kind }: Operation): Role {
  if (path.endsWith(".journal.certswap.tmp")) return "journal draft";
  if (path.endsWith(".certswap.tmp")) return "staged file";
  if (path.endsWith(".certswap.bak")) return "backup";
  if (path.endsWith(".journal")) return "journal";
  if (path.endsWith(".lock")) return "lock";
  if (path.endsWith("/.certswap")) return "state directory";
  return kind === "directory" ? "directory" : "target";
}

/** An operation that has an effect of its own, so that leaving it out means something. */
export function hasEffect({ operation }: Operation): boolean {
  return changesNames({ operation }) || ["fsync", "chown", "chmod", "setfacl"].includes(operation);
}

function changesNames({ operation }: Pick<Operation, "operation">): boolean {
  return ["rename", "link", "unlink", "mkdir", "rmdir"].includes(operation);
}

/** One step: what is done to what, and after which change of names (or creation) of the same run. */
export interface Step {
  /** `fsync directory`, `rename staged file`, ... */
  readonly what: string;
  /** The same form; `the start` where nothing was changed yet. */
  readonly after: string;
}

/** Names the operations of one run in turn. */
export function stepNamer(): (operation: Operation) => Step {
  let after = "the start";
  return (operation) => {
    const what = `${operation.operation} ${roleOf(operation)}`;
    const step = { what, after };
    if (changesNames(operation) || operation.operation === "create") after = what;
    return step;
  };
}
