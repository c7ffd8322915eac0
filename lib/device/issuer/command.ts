/** The issuer `command`: a program that reads the request and prints the chain. */
import { failureOf, programEnvironment, second, type System } from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";
import { certificateFileLimit } from "../../x509/mod.ts";
import { IssuerFailedError, NothingIssuedError, RetryAfterUnreadError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";

/** The configuration of an issuer `command`. */
export type CommandIssuer = {
  readonly kind: "command";
  /** The program (absolute, or found in PATH) and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
};

/** EX_TEMPFAIL of sysexits(3): try again later. */
const notYet = 75;

/** Asks a program. It is assumed to have a clock of its own. */
export function commandIssuer(
  system: System,
  { command, timeLimit }: CommandIssuer,
): Issuer {
  return {
    async ask({ request, environment }) {
      const result = await system.processes.run({
        command,
        environment: { ...programEnvironment(system), ...environment },
        input: request,
        outputLimit: certificateFileLimit,
        onExcess: "end",
        timeLimit,
      });
      const { end, output } = result;
      if (end.kind === "interrupted") throw new InterruptedError(end.signal);
      if (end.kind === "exit" && end.code === notYet) {
        // If it does not say when, the next run asks again.
        const { retryAfter = 0, unread } = retryAfterIn(output);
        const warnings = unread === undefined ? [] : [new RetryAfterUnreadError(unread)];
        return { kind: "pending", retryAfter, warnings };
      }
      if (end.kind !== "exit" || end.code !== 0) {
        const { retryAfter, unread: unreadRetryAfter } = retryAfterIn(output);
        throw new IssuerFailedError(failureOf(command, result), {
          retryAfter,
          unreadRetryAfter,
          timeLimit,
        });
      }
      if (output.length === 0) throw new NothingIssuedError(command[0]);
      return { kind: "issued", chain: output, warnings: [] };
    },
  };
}

/** How much of the output is searched, in bytes. */
const headLimit = 4096;

/**
 * When to ask a program again that gave no certificate, in milliseconds: from a line `Retry-After: SECONDS`
 * in its output, like the header of a server (RFC 9110, 10.2.3). `unread`: the value of such a line, at most
 * {@linkcode unreadLimit} characters, if it is not a number of seconds.
 */
function retryAfterIn(
  output: Uint8Array,
): { readonly retryAfter?: number; readonly unread?: string } {
  const text = new TextDecoder().decode(output.subarray(0, headLimit));
  const written = /^retry-after:(?<value>[^\r\n]*)/im.exec(text)?.groups?.["value"]?.trim();
  if (written === undefined) return {};
  return /^\d{1,9}$/.test(written)
    ? { retryAfter: Number(written) * second }
    : { unread: written.slice(0, unreadLimit).toWellFormed() };
}

/** Of a Retry-After that cannot be read, in UTF-16 code units. */
const unreadLimit = 40;
