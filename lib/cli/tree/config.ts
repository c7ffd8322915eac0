/** The commands about the configuration itself. */
import { command, configFlag, group, jsonFlag } from "../declaration/mod.ts";
import { readsPairs } from "./needs.ts";

const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--config FILE] [--json]",
    brief: "Say everything that is wrong with the configuration",
    description: [
      "Reads the configuration and the drop-ins beside it (certswap.d/*.toml for certswap.toml, by " +
      "name), and looks whether everything that they name is there: directories, trust anchors, " +
      "the CA, programs. Says of every mistake the file, the line and what was expected, and exits 2.",
      "Reads only.",
    ],
    examples: [
      { input: "certswap config check", does: "After every change" },
      {
        input: "certswap config check --config ./certswap.toml --json | jq '.pairs[].name'",
        does: "Before it is installed",
      },
    ],
  },
  needs: readsPairs,
  parameters: { flags: { ...configFlag, ...jsonFlag } },
  load: () => import("../commands/config/check.ts"),
});

/** `certswap config`. */
export const config = group({
  brief: "Check the configuration",
  description: [
    "The configuration says which pairs a device has, and how each is renewed: in " +
    "/etc/certswap/certswap.toml, unless $CERTSWAP_CONFIG or --config say otherwise.",
  ],
  routes: { check },
  sections: [{ title: "Commands", commands: ["check"] }],
  examples: [{ input: "certswap config check", does: "After every change" }],
});
