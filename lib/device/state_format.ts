/** Reading the state file. On its own, so that valibot is loaded only where there is one. */
import * as v from "valibot";
import type { PairState } from "./state.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text)));

const stateFile = v.looseObject({
  version: v.literal(1),
  lastChange: v.exactOptional(v.object({
    at: time,
    by: v.picklist(["swap", "rollback"]),
    fingerprint: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    combined: v.exactOptional(v.string()),
  })),
  latestTime: v.exactOptional(time),
});

/** The state in the bytes of a state file, `undefined` where they are none. */
export function decodeState(content: Uint8Array): PairState | undefined {
  const result = v.safeParse(stateFile, parseJson(content));
  if (!result.success) return undefined;
  const { version: _, lastChange, latestTime, ...other } = result.output;
  return {
    ...(lastChange === undefined ? {} : { lastChange }),
    ...(latestTime === undefined ? {} : { latestTime }),
    other,
  };
}

function parseJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}
