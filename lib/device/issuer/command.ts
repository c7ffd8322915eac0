/** An issuer that is a program: the request on its standard input, the chain on its standard output. */
import type { System } from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";
import { certificateFileLimit } from "../../x509/mod.ts";
import { failureOf, programEnvironment } from "../service/mod.ts";
import { IssuerFailedError, NothingIssuedError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";

/** An issuer `command`, as it is configured. */
export type CommandIssuer = {
  readonly kind: "command";
  /** The program, absolute or to be found in PATH, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
};

/** EX_TEMPFAIL of sysexits(3): not yet, try later. */
const notYet = 75;

/** Asks a program. It has a clock of its own, as far as anybody knows. */
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
      // It says nothing of when: the next run asks again.
      if (end.kind === "exit" && end.code === notYet) return { kind: "pending", retryAfter: 0 };
      if (end.kind !== "exit" || end.code !== 0) {
        throw new IssuerFailedError(failureOf(command, result));
      }
      if (output.length === 0) throw new NothingIssuedError(command[0]);
      return { kind: "issued", chain: output, warnings: [] };
    },
  };
}
