/** The settings of a CA: `ca.toml`, profiles, and who may get which name. */
export { readSettings } from "./read.ts";
export type {
  Addresses,
  CaProfile,
  CaSettings,
  CrlSettings,
  NameConstraints,
  NamePolicy,
  Profile,
  PublishHook,
} from "./settings.ts";
