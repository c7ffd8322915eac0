/** Asks the name services of the machine (LDAP, SSSD, systemd-userdbd) with getent(1). */
import {
  type AccountKind,
  parseEntry,
  ProcessStartError,
  type RunResult,
  second,
  type System,
} from "../../system/mod.ts";

/** A user or group to ask for. */
export interface Question {
  readonly kind: AccountKind;
  /**
   * A name that `isAccountName` accepts. It does not start with `-`, so getent does not take it for an
   * option, also without `--`, which the getent of musl does not accept.
   */
  readonly name: string;
}

/**
 * The answer of getent:
 *
 * - `id`: the account exists
 * - `unknown`: there is no account of that name
 * - `no-answer`: getent failed, or did not answer in time
 * - `no-getent`: it could not be started: it is missing, or may not be run
 * - `stopped`: this signal told certswap to stop
 */
export type Answer =
  | { readonly kind: "id"; readonly id: number }
  | { readonly kind: "unknown" | "no-answer" | "no-getent" }
  | { readonly kind: "stopped"; readonly signal: string };

/** Milliseconds. A directory service answers in less, or hangs. */
const timeLimit = 5 * second;

/** The most to read, in bytes: the entry of a group lists its members. */
const outputLimit = 1024 * 1024;

/** Exit code for a name that was not found, getent(1). */
const notFound = 2;

const databases: Readonly<Record<AccountKind, string>> = { user: "passwd", group: "group" };

/** Asks for the ID of a user or group. Needs the permission to run programs. */
export async function askGetent(
  { processes }: Pick<System, "processes">,
  question: Question,
): Promise<Answer> {
  let result: RunResult;
  try {
    result = await processes.run({
      command: ["getent", databases[question.kind], question.name],
      environment: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      input: new Uint8Array(),
      outputLimit,
      onExcess: "end",
      timeLimit,
    });
  } catch (error) {
    if (!(error instanceof ProcessStartError)) throw error;
    return { kind: "no-getent" };
  }
  const { end, output } = result;
  if (end.kind === "interrupted") return { kind: "stopped", signal: end.signal };
  if (end.kind !== "exit") return { kind: "no-answer" };
  if (end.code === notFound) return { kind: "unknown" };
  return end.code === 0 ? answerIn(output, question) : { kind: "no-answer" };
}

/**
 * Reads the printed entry. getent takes some names for numbers (strtoul(3)), and some name services ignore
 * case: only an entry of exactly this name is accepted.
 */
function answerIn(output: Uint8Array, { kind, name }: Question): Answer {
  const [line = ""] = new TextDecoder().decode(output).split("\n", 1);
  const entry = parseEntry(kind, line);
  return entry?.name === name ? { kind: "id", id: entry.id } : { kind: "unknown" };
}
