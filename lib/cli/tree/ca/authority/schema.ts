/** `certswap ca schema`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, jsonFlag } from "../../../declaration/mod.ts";
import { readsFiles } from "../../needs.ts";

/** `certswap ca schema`. */
export const schema = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Print the SQL for the tables of a CA in PostgreSQL",
    description: [
      "Prints SQL that creates the tables of a CA in an empty PostgreSQL database, a role that owns " +
      "them, and a role with only the rights that certswap needs. Review it, then run it with psql as a " +
      "superuser. certswap never creates or changes tables itself.",
      "The names of the schema and of the role for certswap are those in [postgres] of ca.toml; without " +
      "the file, both are certswap. Connects to no server and needs no CA.",
    ],
    examples: [
      {
        input: "certswap ca schema | psql -v ON_ERROR_STOP=1 -d fleet_ca",
        does: "As the superuser of the database",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      owner: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "ROLE",
        brief:
          "The role that owns the tables (default: the name of the role for certswap, followed by '_owner')",
      },
      ...jsonFlag,
    },
  },
  needs: { ...readsFiles, env: ["CA_DATA_DIR", "NO_COLOR"] },
  load: () => import("../../../commands/ca/authority/schema.ts"),
});
