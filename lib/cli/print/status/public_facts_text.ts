/** Prints a pair that this user can read only in part, as text and as JSON. */
import type { PublicFacts } from "../../../device/status/mod.ts";
import type { Json } from "../output.ts";
import {
  activeRows,
  blockedToJson,
  conditionText,
  reportToJson,
  stateToJson,
  unfinishedLines,
} from "./status_text.ts";
import type { Paint } from "../../text.ts";

/** The lines about the public facts of a pair. */
export function publicFactsLines(facts: PublicFacts, paint: Paint): string[] {
  const { active, state, unread } = facts;
  const what = unread.includes("key") ? "certificate" : "pair";
  return [
    `Active ${what}: ${conditionText(active, paint)}`,
    ...activeRows(active, state, paint),
    ...unfinishedLines({
      ...facts,
      kept: undefined,
      decision: undefined,
      warnings: facts.warning === undefined ? [] : [facts.warning],
    }).map((line) => paint(line, "yellow")),
    ...unreadLines([{ unread }]),
  ];
}

/** The line about what was not checked. None if everything was. */
export function unreadLines(pairs: readonly Pick<PublicFacts, "unread">[]): string[] {
  const unread = new Set(pairs.flatMap((pair) => pair.unread));
  if (unread.size === 0) return [];
  const parts = (["key", "state"] as const).filter((part) => unread.has(part));
  return [
    `Not checked: the ${
      parts.join(" and the ")
    } (permission denied). To see everything, run the command as root.`,
  ];
}

/** The same for `--json`. `unread` lists what was not checked. */
export function publicFactsToJson(
  facts: PublicFacts,
): { [name: string]: Json | undefined } {
  const { active, state, unread } = facts;
  return {
    active: reportToJson(active),
    ...stateToJson(state),
    blocked: blockedToJson(facts),
    unread,
  };
}

/** The warnings about a pair. */
export function publicFactsWarnings(
  { active: { defect }, warning, blocked, untrusted, exposed }: PublicFacts,
): unknown[] {
  return [defect, warning, blocked, ...untrusted, ...exposed].filter((found) =>
    found !== undefined
  );
}
