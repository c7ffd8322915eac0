/** The settings of a CA: `ca.toml`, profiles, and who may get which name. */
export {
  CaSettingsError,
  type SettingExpectation,
  type SettingMistake,
  type SettingProblem,
  WrongProfileError,
} from "./errors.ts";
export { profileNamed, ruleOf, validityIn } from "./profile.ts";
export { readSettings } from "./read.ts";
export type { BirthField, Manufacturer } from "./manufacturer/mod.ts";
export type { PostgresSettings } from "./postgres/mod.ts";
export type {
  AdminLogin,
  EstSettings,
  ServeIdentity,
  ServeLimits,
  ServeSettings,
} from "./serve/mod.ts";
export type {
  CaProfile,
  CaSettings,
  CrlSettings,
  NamePolicy,
  OcspSettings,
  Profile,
  PublishHook,
  Rule,
} from "./settings.ts";
