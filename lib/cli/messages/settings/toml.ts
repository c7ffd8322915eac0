/** Texts for the mistakes that every TOML file may have. */
import type { Place, TomlMistake, TopLevelForm } from "../../../toml/mod.ts";
import { alternatives as anyOf } from "../../text.ts";

/** Whether every TOML file may have this mistake. */
export function isGeneral<Expectation extends string>(
  mistake: { readonly kind: string } | TomlMistake<Expectation>,
): mistake is TomlMistake<Expectation> {
  return general.has(mistake.kind);
}

const general: ReadonlySet<string> = new Set(
  [
    "not-toml",
    "not-utf8",
    "unknown-key",
    "missing-key",
    "wrong-value",
  ] satisfies TomlMistake<string>["kind"][],
);

/** Clearer texts for explanations of the parser. */
const parserTexts: Readonly<Partial<Record<string, string>>> = {
  "trying to redefine an already defined table or value": "this key or table is already defined",
  "invalid value": 'invalid value (text is written in quotes: "text")',
};

/** The text for such a mistake. @param expectations the text for each expectation. */
export function describeGeneral<Expectation extends string>(
  mistake: TomlMistake<Expectation>,
  expectations: Readonly<Record<Expectation, string>>,
): string {
  const expected = (
    { expected, choices }: { readonly expected: Expectation; readonly choices?: readonly string[] },
  ): string => choices === undefined ? expectations[expected] : alternatives(choices);
  switch (mistake.kind) {
    case "not-toml":
      return `not TOML: ${parserTexts[mistake.explanation] ?? mistake.explanation}`;
    case "not-utf8":
      return "not text in UTF-8";
    case "unknown-key":
      return unknownKeyText(mistake);
    case "missing-key":
      return `${mistake.key} is missing; expected ${expected(mistake)}`;
    case "wrong-value":
      return `${mistake.key}: expected ${
        ofElement(mistake.key, expected(mistake))
      }, found ${mistake.found}`;
  }
}

/** The text for an element of a list, such as `names[0]`, instead of that for the whole list. */
function ofElement(key: string, expected: string): string {
  if (!key.endsWith("]") || !expected.startsWith("a list of ")) return expected;
  const [, words] = /^[^:]*: (.*)$/.exec(expected) ?? [];
  if (words === undefined) return `an entry of ${expected}`;
  const isAlsoOid = expected.includes("object identifier");
  return `one of ${words}${isAlsoOid ? ", or an object identifier" : ""}`;
}

function unknownKeyText(
  { key, suggestion, kinds, topLevel }: Extract<
    TomlMistake<never>,
    { readonly kind: "unknown-key" }
  >,
): string {
  if (topLevel !== undefined) return `unknown key ${key}. ${topLevelTexts[topLevel](lastOf(key))}`;
  const only = kinds && `allowed only with kind = ${alternatives(kinds)}`;
  if (suggestion !== undefined) {
    return `unknown key ${key}. Did you mean ${suggestion}${only ? `, which is ${only}` : ""}?`;
  }
  return only === undefined ? `unknown key ${key}` : `${key} is ${only}`;
}

/** Where a key of the top level belongs. */
const topLevelTexts: Readonly<Record<TopLevelForm, (name: string) => string>> = {
  "value": (name) => `${name} belongs before the first [table] of the file`,
  "table": (name) => `${name} is not a part of another table: write [${name}]`,
  "tables": (name) => `${name} is not a part of another table: write [[${name}]]`,
};

/** The last word of a key. Keys of the top level need no quotation marks. */
function lastOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/** `FILE:LINE`. */
export function placeText({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** `"a", "b" or "c"`. */
export function alternatives(words: readonly string[]): string {
  return anyOf(words.map((word) => `"${word}"`));
}

/** What `readDuration` reads. */
export const durationText = "up to 9 digits, then ms, s, m, h or d";

/** The expectations of values that several files have. */
export const commonExpectations = {
  "boolean": "true or false",
  "command": 'a program and its arguments (["systemctl", "reload", "nginx"])',
  "distinguished-name":
    'a distinguished name in the form of RFC 4514 ("CN=device.example,O=Example"), with two ' +
    "letters in C and at most 64 characters in CN, O and OU",
  "program": 'a program: an absolute path, or a name to find in PATH ("systemctl")',
  "table": "a table",
  "time-limit": 'a duration from "100ms" to "1d"',
} as const;
