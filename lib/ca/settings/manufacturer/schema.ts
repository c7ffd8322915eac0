/** The schema of a table `[[manufacturer]]` of `ca.toml`. */
import * as v from "valibot";
import * as words from "../../../toml/read/mod.ts";
import { encodeAlternativeName } from "../../../x509/mod.ts";
import type { SettingExpectation } from "../errors.ts";
import { birthFields } from "./settings.ts";

/** The kinds of names that can be made from fields. */
const kinds = /^(?:DNS|URI|email):/;

/** A name with one field of the bootstrap certificate: without any, every device would get the same one. */
function isTemplate(written: string): boolean {
  const fields = written.match(/\{[^{}]*\}/g) ?? [];
  const isKnown = birthFields.some((field) => fields[0] === `{${field}}`);
  const example = written.replace(/\{[^{}]*\}/, "a");
  return kinds.test(written) && fields.length === 1 && isKnown && !/[{}*]/.test(example) &&
    encodeAlternativeName(example).length > 0;
}

const template = words.string("birth-names" satisfies SettingExpectation, isTemplate);

/** A table `[[manufacturer]]`. */
export const manufacturerTable = v.object({
  name: words.string(
    "profile-name" satisfies SettingExpectation,
    (written) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(written),
  ),
  ca: words.path,
  crl: v.exactOptional(words.oneOrMore(words.path, "absolute-path" satisfies SettingExpectation)),
  names: words.oneOrMore(template, "birth-names" satisfies SettingExpectation),
  profile: v.exactOptional(v.string("profile-name" satisfies SettingExpectation)),
  identities: v.exactOptional(
    v.picklist(["one", "many"], "identities" satisfies SettingExpectation),
  ),
}, "table" satisfies SettingExpectation);

/** The result of {@linkcode manufacturerTable}. */
export type ManufacturerTable = v.InferOutput<typeof manufacturerTable>;
