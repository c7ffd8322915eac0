/** `certswap ca config`: its documentation, flags and permissions. */
import { command, dataDirectoryFlag, group, jsonFlag } from "../../../declaration/mod.ts";
import { readsCa } from "../../needs.ts";

const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[FLAGS]",
    brief: "Report every mistake in the settings of a CA",
    description: [
      "Reads ca.toml in the data directory, and prints the settings that apply: defaults, " +
      "addresses and all profiles, including the built-in ones. For every mistake, prints the line " +
      "and the expected value. Exits with 2 if there is one, and with 4 if other users could write " +
      "the file. Changes nothing.",
    ],
    examples: [
      { input: "certswap ca config check", does: "After every change" },
      {
        input: "certswap ca config check --json | jq '.profiles[].name'",
        does: "The names of all profiles",
      },
    ],
  },
  parameters: { flags: { ...dataDirectoryFlag, ...jsonFlag } },
  needs: readsCa,
  load: () => import("../../../commands/ca/config/check.ts"),
});

/** `certswap ca config`. */
export const config = group({
  brief: "Check the settings of a CA",
  description: [
    "The settings of a CA are in ca.toml in its data directory: defaults of the commands, addresses in " +
    "certificates, profiles, and which names they allow. The file is optional.",
  ],
  routes: { check },
  sections: [{ title: "Commands", commands: ["check"] }],
  examples: [{ input: "certswap ca config check", does: "After every change" }],
});
