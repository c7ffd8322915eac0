/** What there is to say of a pair of which this user may not read everything, in words and as JSON. */
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

/** What is public of a pair. */
export function publicFactsLines(facts: PublicFacts, paint: Paint): string[] {
  const { active, state, unread } = facts;
  const what = unread.includes("key") ? "certificate" : "pair";
  return [
    `Active ${what}: ${conditionText(active, paint)}`,
    ...activeRows(active, state, paint),
    ...unfinishedLines({ ...facts, kept: undefined, warnings: [facts.warning ?? []].flat() }).map((
      line,
    ) => paint(line, "yellow")),
    ...unreadLines([{ unread }]),
  ];
}

/** The one line that says what is left out. None if nothing is. */
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

/** The same for `--json`. `unread` says what is left out. */
export function publicFactsToJson(
  { active, state, blocked, unread }: PublicFacts,
): { [name: string]: Json | undefined } {
  return {
    active: reportToJson(active),
    ...stateToJson(state),
    blocked: blockedToJson(blocked),
    unread,
  };
}

/** What is wrong, and does not keep it from being said. */
export function publicFactsWarnings(
  { active: { defect }, warning, blocked }: PublicFacts,
): unknown[] {
  return [defect, warning, blocked].filter((found) => found !== undefined);
}
