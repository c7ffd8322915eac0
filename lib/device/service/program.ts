/** What issuers and hooks have in common: they are programs of the operator's. */
import { CertswapError, readFile, type RunResult, type System } from "../../system/mod.ts";
import type { PairConfiguration } from "../configuration/configuration.ts";
import type { Pair } from "../pair/layout.ts";
import type { ProgramFailure } from "../rotation/errors.ts";

/**
 * The environment that every program is given, whoever has called certswap and from where: a program that a
 * person has tried behaves the same in a timer. Nothing of the caller's own is in it.
 */
export function programEnvironment(system: System): Record<string, string> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
    HOME: homeDirectory(system),
  };
}

/** The largest user database that is read, in bytes: some ten thousand users. */
const passwdLimit = 1024 * 1024;

/** The home directory that passwd(5) names for this process's user; `/` if it names none. */
function homeDirectory({ files, processes }: System): string {
  const user = `${processes.userId()}`;
  for (const line of readPasswd(files).split("\n")) {
    const [name = "", , id, , , home = ""] = line.split(":");
    // Comments, and entries that only NIS can complete, nsswitch.conf(5).
    if (id === user && !/^[#+-]/.test(name)) return home.startsWith("/") ? home : "/";
  }
  return "/";
}

function readPasswd(files: System["files"]): string {
  try {
    return new TextDecoder().decode(readFile(files, "/etc/passwd", passwdLimit).content);
  } catch (error) {
    if (error instanceof CertswapError) return "";
    throw error;
  }
}

/** What a program is told about the pair. */
export function pairEnvironment(
  { name }: PairConfiguration,
  { active, combined }: Pair,
): Record<string, string> {
  return {
    CERTSWAP_NAME: name,
    CERTSWAP_CERT: active.certificate,
    CERTSWAP_KEY: active.key,
    ...(combined === undefined ? {} : { CERTSWAP_COMBINED: combined }),
  };
}

/** Says how a program ended, with what it wrote last to standard error. */
export function failureOf(
  [program]: readonly [string, ...string[]],
  { end, errorOutput }: RunResult,
): ProgramFailure {
  return { program, end, errorOutput: new TextDecoder().decode(errorOutput) };
}
