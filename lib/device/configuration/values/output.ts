/** The table of an output, and who owns files. */
import * as v from "valibot";
import { path } from "../../../toml/read/mod.ts";
import { isAccountName } from "../../accounts/mod.ts";
import { isSecretMode, readMode } from "../../file_modes.ts";
import { formatNames, friendlyNameFault, partNames, profileNames } from "../../pair/outputs/mod.ts";
import type { Expectation } from "../errors.ts";
import { string, text } from "./words.ts";

/** A user or a group: a name, or a number. As it is written. */
export const account = v.union([
  string("account", isAccountName),
  v.pipe(
    v.number(),
    v.transform(String),
    v.check(
      (digits) => /^\d+$/.test(digits) && isAccountName(digits),
      "account" satisfies Expectation,
    ),
  ),
], "account" satisfies Expectation);

/** Permission bits of a file that only its owner can write. */
export const mode = text("mode", readMode);

/** The same, of a file that holds a key: others cannot read it. */
export const keyMode = text("key-mode", readKeyMode);

/** Reads the mode of a file that holds a key. @returns `undefined` for any other. */
export function readKeyMode(written: string): number | undefined {
  const mode = readMode(written);
  return mode !== undefined && isSecretMode(mode) ? mode : undefined;
}

const contains = v.pipe(
  v.array(
    v.picklist(partNames, "output-contents" satisfies Expectation),
    "output-contents" satisfies Expectation,
  ),
  v.minLength(1, "output-contents" satisfies Expectation),
);

/** A table `[pair.NAME.trust_bundle]`. */
export const trustBundleTable = v.object({
  path,
  source: v.optional(v.picklist(["est", "file"], "trust-source" satisfies Expectation), "est"),
  file: v.exactOptional(path),
  owner: v.exactOptional(account),
  group: v.exactOptional(account),
  mode: v.exactOptional(mode),
}, "table" satisfies Expectation);

/** A table `[[pair.NAME.output]]`. */
export const outputTable = v.object({
  path,
  contains,
  format: v.optional(v.picklist(formatNames, "output-format" satisfies Expectation), "pem"),
  owner: v.exactOptional(account),
  group: v.exactOptional(account),
  mode: v.exactOptional(mode),
  password_file: v.exactOptional(path),
  friendly_name: v.exactOptional(
    string("friendly-name", (written) => friendlyNameFault(written) === undefined),
  ),
  profile: v.optional(v.picklist(profileNames, "profile" satisfies Expectation), "modern"),
}, "output" satisfies Expectation);
