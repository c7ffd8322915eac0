/** Requests that wait for a person: what is kept of them. */
import { present } from "../../system/mod.ts";
import { areTexts, readEntry } from "./entry.ts";
import { BadEnrolmentEntryError } from "./errors.ts";

/** A request that waits for a person, or was decided a short while ago. Times are RFC 3339, UTC. */
export interface WaitingRequest {
  /** SHA-256 of the request (DER), 64 lowercase hexadecimal digits: the same request has the same id. */
  readonly id: string;
  /** Base64 of the request, DER. */
  readonly request: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  /** As `formatGeneralName` has them. */
  readonly names: readonly string[];
  /** The profile that was asked for. */
  readonly profile: string;
  /** The IP address that it came from. */
  readonly client: string;
  readonly received: string;
  readonly decision: Decision | undefined;
}

/** What a person has decided. */
export interface Decision {
  readonly is: "approved" | "rejected";
  readonly at: string;
  readonly by: string;
  /** Of the certificate, if it was approved. */
  readonly serial?: string;
}

/** The text that a store keeps. */
export function waitingToText({ id: _id, ...request }: WaitingRequest): string {
  return JSON.stringify(present(request));
}

/**
 * Reads the text that a store keeps.
 *
 * @throws BadEnrolmentEntryError
 */
export function waitingFromText(id: string, text: string): WaitingRequest {
  const texts = ["request", "subject", "profile", "client", "received"] as const;
  const entry = readEntry({ id, text }, texts);
  const { names, decision } = entry;
  if (!areTexts(names) || !isDecision(decision)) throw new BadEnrolmentEntryError(id);
  return { ...entry as unknown as Omit<WaitingRequest, "id">, id, decision };
}

function isDecision(decision: unknown): decision is Decision | undefined {
  if (decision === undefined) return true;
  const { is, at, by, serial } = (decision ?? {}) as Record<string, unknown>;
  return (is === "approved" || is === "rejected") &&
    areTexts([at, by, ...(serial === undefined ? [] : [serial])]);
}
