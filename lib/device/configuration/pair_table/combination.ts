/** Which keys of a pair's table go together. */
import { issuerKindNamed } from "../../issuer/mod.ts";
import {
  formatNames,
  isPart,
  type OutputFault,
  outputFaults,
  type Pkcs12Setting,
} from "../../pair/outputs/mod.ts";
import type { Expectation, Mistake } from "../errors.ts";
import { isTable, type KeyPath } from "../../../toml/read/mod.ts";
import { readKeyMode } from "../values/mod.ts";
import { layoutNamed, layouts } from "./layouts.ts";

/** Takes mistakes. Every path is below the pair's table. */
export interface Report {
  readonly missing: (path: KeyPath, expected: Expectation) => void;
  readonly wrongValue: (path: KeyPath, expected: Expectation, value: unknown) => void;
  /** @param mistake makes the mistake of the key in words: `pair.web.combined`. */
  readonly problem: (path: KeyPath, mistake: (key: string) => Mistake) => void;
}

type Table = Readonly<Record<string, unknown>>;

/**
 * Checks which keys of a pair's table go together. Works on the text, so that the result is reported along
 * with other mistakes.
 */
export function checkCombination(table: Table, report: Report): void {
  checkHome(table, report);
  checkIssuer(table, report);
  checkTrustBundle(table, report);
  for (const [path, output] of outputTables(table["output"])) {
    checkOutput(output, { path, pair: table, report });
  }
}

/** Insists that the pair's files are named in one way. */
function checkHome(table: Table, report: Report): void {
  const has = (key: string): boolean => Object.hasOwn(table, key);
  const files = ["certificate", "key"].filter(has);
  if (has("layout")) {
    checkLayout(table, report);
  } else if (has("dir")) {
    const [first] = files;
    if (first !== undefined) report.problem([first], (key) => ({ kind: "dir-and-files", key }));
  } else if (files.length > 0 || !has("combined")) {
    const missing = ["certificate", "key"].filter((key) => !has(key));
    const [key = ""] = missing.length === 2 ? ["dir"] : missing;
    if (missing.length > 0) report.missing([key], "pair-file");
  }
  const withPassword = Object.entries(layouts).filter(([, layout]) =>
    "outputs" in layout && layout.outputs.some((output) => "passwordFile" in output)
  ).map(([name]) => name);
  if (has("password_file") && !withPassword.some((name) => name === table["layout"])) {
    report.problem(
      ["password_file"],
      (key) => ({ kind: "layout-only", key, layouts: withPassword }),
    );
  }
}

function checkLayout(table: Table, report: Report): void {
  const layout = layoutNamed(table["layout"]);
  if (layout === undefined) return;
  if (!Object.hasOwn(table, "dir")) report.missing(["dir"], "absolute-path");
  for (const file of ["certificate", "key", "combined"]) {
    if (!Object.hasOwn(table, file)) continue;
    const name = String(table["layout"]);
    report.problem([file], (key) => ({ kind: "layout-and-file", key, layout: name }));
  }
}

function checkIssuer(table: Table, report: Report): void {
  const kind = issuerKindNamed(kindIn(table));
  if (kind === undefined) return;
  if (kind.defaultTrust === undefined && !Object.hasOwn(table, "trust")) {
    report.missing(["trust"], "trust-anchors");
  }
}

/** Insists that a trust bundle has a source, and trust anchors to begin with. */
function checkTrustBundle(table: Table, report: Report): void {
  const bundle = table["trust_bundle"];
  if (!isTable(bundle)) return;
  const kind = kindIn(table);
  const isFile = bundle["source"] === "file";
  const hasFile = Object.hasOwn(bundle, "file");
  const at = (key: string): KeyPath => ["trust_bundle", key];
  if (isFile && !hasFile) report.missing(at("file"), "absolute-path");
  if (!isFile && hasFile) {
    report.problem(at("file"), (key) => ({ kind: "trust-file-unused", key }));
  }
  if (!isFile && kind !== "est") {
    const place = Object.hasOwn(bundle, "source") ? at("source") : ["trust_bundle"];
    report.problem(place, (key) => ({ kind: "trust-without-est", key }));
  }
  const isChecked = issuerKindNamed(kind) !== undefined;
  if (isFile && !isChecked && !Object.hasOwn(table, "trust")) {
    report.missing(["trust"], "trust-anchors");
  }
}

function kindIn({ issuer }: Table): unknown {
  return isTable(issuer) ? issuer["kind"] : undefined;
}

/** The tables of outputs, with the path of each: there may be one, or a list. */
function outputTables(written: unknown): readonly (readonly [KeyPath, Table])[] {
  const all: readonly (readonly [KeyPath, unknown])[] = Array.isArray(written)
    ? written.map((output: unknown, index) => [["output", index], output])
    : [[["output"], written]];
  return all.flatMap(([path, output]) => isTable(output) ? [[path, output] as const] : []);
}

/** The keys of those settings that only PKCS#12 has. */
const pkcs12Keys = {
  passwordFile: "password_file",
  friendlyName: "friendly_name",
  profile: "profile",
} as const satisfies Readonly<Record<Pkcs12Setting, string>>;

function checkOutput(
  output: Table,
  { path, pair, report }: { readonly path: KeyPath; readonly pair: Table; readonly report: Report },
): void {
  const { contains, format = "pem", mode } = output;
  const known = formatNames.find((name) => name === format);
  // Other mistakes are reported by the schema.
  if (!Array.isArray(contains) || !contains.every(isPart) || contains.length === 0) return;
  if (contains.includes("key") && typeof mode === "string" && readKeyMode(mode) === undefined) {
    report.wrongValue([...path, "mode"], "key-mode", mode);
  }
  if (known === undefined) return;
  const settings = Object.keys(pkcs12Keys) as Pkcs12Setting[];
  const faults = outputFaults({
    contains,
    format: known,
    given: settings.filter((setting) => Object.hasOwn(output, pkcs12Keys[setting])),
    profile: output["profile"] === "legacy" ? "legacy" : "modern",
    keyKind: keyKindOf(pair),
    hasTrust: Object.hasOwn(pair, "trust") ||
      issuerKindNamed(kindIn(pair))?.defaultTrust !== undefined,
  });
  for (const fault of faults) {
    report.problem([...path, ...keyOf(fault)], (key) => ({ kind: "output", key, fault }));
  }
}

/** The key that has the mistake, below the table of the output. */
function keyOf(fault: OutputFault): KeyPath {
  switch (fault.kind) {
    case "part-twice":
    case "part-in-chain":
    case "no-trust":
      return ["contains", fault.index];
    case "der-holds-one":
    case "key-alone":
      return ["contains"];
    case "password-file-missing":
      return ["password_file"];
    case "key-kind":
      return ["profile"];
    case "pkcs12-only":
      return [pkcs12Keys[fault.setting]];
  }
}

function keyKindOf({ key_algorithm: written }: Table): string | undefined {
  return typeof written === "string" ? written : undefined;
}
