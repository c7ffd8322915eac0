/** Runs a probe of any kind once. */
import { second, type System } from "../../../system/mod.ts";
import type { ProbeConfiguration } from "../probe_kinds.ts";
import type { ExpectedPair, ProbeSight } from "../sight.ts";
import type { StopOr } from "../stop.ts";
import { lookAsClient } from "./client.ts";
import { lookByCommand } from "./command.ts";
import { lookAtServer } from "./server.ts";

/** Options of one look. */
export interface LookOptions {
  readonly expected: ExpectedPair;
  /** Each connection is a step that a signal ends. */
  readonly stopOr: StopOr;
  /** Milliseconds, for a command or for one connection. */
  readonly timeLimit: number;
}

/** The time limit of one connection, in milliseconds. */
const connectionLimit = 5 * second;

/**
 * The time limit of one look, in milliseconds.
 *
 * @param left the remaining time.
 */
export function lookLimit({ kind }: ProbeConfiguration, left: number): number {
  return Math.max(1, kind === "command" ? left : Math.min(connectionLimit, left));
}

/**
 * Looks once. Nothing the service does makes it throw.
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
