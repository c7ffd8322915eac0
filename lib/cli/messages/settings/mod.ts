/** Messages for mistakes in the files that people write: `certswap.toml` and `ca.toml`. */
export { caSettingsMessages, describeSetting, ruleText } from "./ca_settings.ts";
export { configurationMessages, describeMistake, describeProblem } from "./configuration.ts";
