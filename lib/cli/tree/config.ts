/** The commands about the configuration itself. */
import { command, configFlag, group, jsonFlag, toggle } from "../declaration/mod.ts";
import { looksAroundPairs, probesServices } from "./needs.ts";

const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--probe] [--config FILE] [--json]",
    brief: "Say everything that is wrong with the configuration",
    description: [
      "Reads the configuration and the drop-ins beside it (certswap.d/*.toml for certswap.toml, by " +
      "name), and looks whether everything that they name is there: directories, trust anchors, " +
      "the CA, programs. Says of every mistake the file, the line and what was expected, and exits 2.",
      "Reads only. With --probe, also tries every probe once against the active pair, without " +
      "running a hook: says how far each came and what it saw, and exits 1 if one does not see " +
      "the active certificate.",
    ],
    examples: [
      { input: "certswap config check", does: "After every change" },
      {
        input: "certswap config check --config ./certswap.toml --json | jq '.pairs[].name'",
        does: "Before it is installed",
      },
      { input: "certswap config check --probe", does: "See whether the probes can see" },
    ],
  },
  needs: probesServices,
  onlyLooks: ({ probe }) => !probe,
  looksWith: looksAroundPairs,
  parameters: {
    flags: {
      probe: toggle("Also try every probe"),
      ...configFlag,
      ...jsonFlag,
    },
  },
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
