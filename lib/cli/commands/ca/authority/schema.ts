/** `certswap ca schema`: prints the tables that a CA needs in PostgreSQL. */
import { readSettings } from "../../../../ca/settings/mod.ts";
import { schemaText, schemaVersion } from "../../../../ca/store/postgres/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import { UsageError } from "../../../errors.ts";
import type { Outcome } from "../../../print/mod.ts";
import { linesOf } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca schema`. */
export interface SchemaFlags extends DataDirectoryFlags, CommonFlags {
  readonly owner?: string;
}

/** The longest name of a role in bytes: PostgreSQL cuts longer ones off. */
const longest = 63;

/** `certswap ca schema`. */
export default async function schemaCommand(world: World, flags: SchemaFlags): Promise<Outcome> {
  const { postgres } = await readSettings(world.system, {
    dataDirectory: dataDirectory(world, flags),
  });
  const { schema = "certswap", user = "certswap" } = postgres ?? {};
  const owner = requireRole(flags.owner ?? `${user}_owner`);
  if (owner === user) {
    throw new UsageError(
      ["--owner is the role that certswap logs in as"],
      "Give another role: the owner of the tables can delete what was issued.",
    );
  }
  const sql = schemaText({ schema, owner, user });
  return { json: { version: schemaVersion, schema, owner, user, sql }, lines: linesOf(sql) };
}

function requireRole(name: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[^\0-\x1f\x7f]+$/.test(name) && new TextEncoder().encode(name).length <= longest) {
    return name;
  }
  throw new UsageError(
    [`--owner: a role has 1 to ${longest} bytes, without control characters`],
    "Give another name.",
  );
}
