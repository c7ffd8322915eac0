/** What the tables `[[manufacturer]]` mean, and what in them contradicts itself. */
import { keyText, type TomlReading } from "../../../toml/read/mod.ts";
import { checkLeafProfile } from "../check_leaf_profile.ts";
import type { OwnSettingMistake, SettingExpectation } from "../errors.ts";
import type { Profile } from "../settings.ts";
import type { ManufacturerTable } from "./schema.ts";
import type { Manufacturer } from "./settings.ts";

/** The manufacturers of the file. Mistakes are added to the reading. */
export function readManufacturers(
  reading: TomlReading<SettingExpectation, OwnSettingMistake>,
  tables: readonly ManufacturerTable[],
  { profiles, usual }: {
    readonly profiles: ReadonlyMap<string, Profile>;
    /** The name of the profile of a table without one. */
    readonly usual: string;
  },
): readonly Manufacturer[] {
  return tables.map(({ name, ca, crl, names, profile = usual, identities = "one" }, index) => {
    const path = ["manufacturer", index];
    if (tables.findIndex((other) => other.name === name) !== index) {
      const key = [...path, "name"];
      reading.problem(key, { kind: "listed-twice", key: keyText(key), value: name });
    }
    if (profile !== usual) {
      checkLeafProfile(reading, { path: [...path, "profile"], name: profile, profiles });
    }
    return { name, ca, crls: crl ?? [], names, profile, identities };
  });
}
