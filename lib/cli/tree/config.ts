/** `certswap config`: its documentation, flags and permissions. */
import { command, configFlag, group, jsonFlag, toggle } from "../declaration/mod.ts";
import { looksAroundPairs, probesServices } from "./needs.ts";

const check = /* @__PURE__ */ command({
  documentation: {
    usage: "[--probe] [--config FILE] [--json]",
    brief: "Report every mistake in the configuration",
    description: [
      "Reads the configuration and its drop-ins (certswap.d/*.toml for certswap.toml, in the order of " +
      "their names), and checks that everything they name exists: directories, trust anchors, users " +
      "and groups, password files, the CA, programs (if given without a path, in PATH). If a file " +
      "of a pair already exists, it must hold a certificate or a key. For every mistake, prints the " +
      "file, the line and the expected value. Exits with 2 if there is one.",
      "Changes nothing. With --probe, also tries every probe once against the active pair, without " +
      "running a hook. Shows how far each probe got and what it saw, and exits with 1 if one does not " +
      "see the active certificate.",
    ],
    examples: [
      { input: "certswap config check", does: "After every change" },
      {
        input: "certswap config check --config ./certswap.toml",
        does: "Check a file before you install it",
      },
      {
        input: "certswap config check --json | jq '.pairs[].name'",
        does: "List the names of the pairs",
      },
      { input: "certswap config check --probe", does: "Check that the probes work" },
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
    "The configuration lists the pairs of a device and how each one is renewed. certswap reads the file " +
    "given with --config, else $CERTSWAP_CONFIG, else /etc/certswap/certswap.toml.",
  ],
  routes: { check },
  sections: [{ title: "Commands", commands: ["check"] }],
  examples: [{ input: "certswap config check", does: "After every change" }],
});
