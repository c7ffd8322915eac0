/** Checks the name of a profile that a key of `ca.toml` refers to. */
import { nearest } from "../../toml/mod.ts";
import { type KeyPath, keyText, type TomlReading } from "../../toml/read/mod.ts";
import type { OwnSettingMistake, SettingExpectation } from "./errors.ts";
import type { Profile } from "./settings.ts";

/** Adds a mistake to the reading unless there is a profile of leaves with this name. */
export function checkLeafProfile(
  reading: TomlReading<SettingExpectation, OwnSettingMistake>,
  { path, name, profiles }: {
    readonly path: KeyPath;
    readonly name: string;
    readonly profiles: ReadonlyMap<string, Profile>;
  },
): void {
  const key = keyText(path);
  const known = [...profiles.keys()];
  const profile = profiles.get(name);
  if (profile === undefined) {
    const suggestion = nearest(name, known);
    reading.problem(path, { kind: "no-such-profile", key, name, suggestion, known });
  } else if (profile.ca !== undefined) {
    reading.problem(path, { kind: "ca-profile-as-default", key, name });
  }
}
