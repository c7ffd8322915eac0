/** One look of a probe, of whatever kind. */
import { second, type System } from "../../../system/mod.ts";
import type { ProbeConfiguration } from "../probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "../sight.ts";
import type { StopOr } from "../stop.ts";
import { lookAsClient } from "./client.ts";
import { lookByCommand } from "./command.ts";
import { lookAtServer } from "./server.ts";

/** How one look is made. */
export interface LookOptions {
  readonly expected: ExpectedPair;
  /** Each connection is a step that a signal ends. */
  readonly stopOr: StopOr;
  /** Milliseconds, for a command or for one connection. */
  readonly timeLimit: number;
}

/** The most that one connection may take, in milliseconds. */
const connectionLimit = 5 * second;

/**
 * How many milliseconds one look may take.
 *
 * @param left how many there are.
 */
export function lookLimit({ kind }: ProbeConfiguration, left: number): number {
  return Math.max(1, kind === "command" ? left : Math.min(connectionLimit, left));
}

/**
 * Looks once. What the service does is never thrown.
 *
 * @throws InterruptedError
 */
export async function look(
  system: System,
  probe: ProbeConfiguration,
  options: LookOptions,
): Promise<ProbeSight> {
  const limited = { ...options, timeLimit: lookLimit(probe, options.timeLimit) };
  switch (probe.kind) {
    case "server":
      return await lookAtServer(system, probe, limited);
    case "command":
      return await lookByCommand(system, probe, limited);
    case "client":
      return await lookAsClient(system, probe, limited);
  }
}
