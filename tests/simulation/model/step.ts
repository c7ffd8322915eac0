import type { Operation } from "./simulated_file_system.ts";

/*
 * Steps of the protocol, derived only from the operations of a run: certswap itself does not know about the
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

/** An operation with an effect of its own, so leaving it out makes a difference. */
export function hasEffect({ operation }: Operation): boolean {
  return changesNames({ operation }) || ["fsync", "chown", "chmod", "setfacl"].includes(operation);
}

function changesNames({ operation }: Pick<Operation, "operation">): boolean {
  return ["rename", "symlink", "link", "unlink", "mkdir", "rmdir"].includes(operation);
}

/** One step: the operation, its object, and the last change of names (or creation) before it in the run. */
export interface Step {
  /** `fsync directory`, `rename staged file`, ... */
  readonly what: string;
  /** In the same form; `the start` if nothing was changed yet. */
  readonly after: string;
}

/** Names the operations of one run in turn. */
export function stepNamer(): (operation: Operation) => Step {
  let after = "the start";
  return (operation) => {
    const when = operation.inBackground === true ? " in the background" : "";
    const what = `${operation.operation} ${roleOf(operation)}${when}`;
    const step = { what, after };
    if (changesNames(operation) || operation.operation === "create") after = what;
    return step;
  };
}
