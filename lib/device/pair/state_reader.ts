/** Reading the state file. On its own, so that valibot is loaded only where there is one. */
import * as v from "valibot";
import type { LastKnown } from "./last_known/mod.ts";
import type { PairState } from "./state.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text)));

const fingerprint = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** Versions up to 0.1.0 wrote two digits a byte, `01a9`: read as `1a9`. Of a self-signed leaf it may be negative. */
const serial = v.pipe(
  v.string(),
  v.regex(/^-?[0-9a-f]{2,40}$/),
  v.transform((written) => written.replace(/^(-?)0+(?=[0-9a-f]{2})/, "$1")),
);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** As stat(2) has them: 64 bits, of which a number keeps enough. */
const fileNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

const knownFile = v.object({ path: v.string(), device: fileNumber, inode: fileNumber });

const knownPlaces = v.object({
  isComplete: v.boolean(),
  certificate: knownFile,
  key: knownFile,
  combined: v.exactOptional(knownFile),
});

const recordFile = v.object({ version: v.literal(1), lastKnown: knownPlaces });

const stateFile = v.looseObject({
  version: v.literal(1),
  lastChange: v.exactOptional(v.object({
    at: time,
    by: v.picklist(["swap", "rollback"]),
    fingerprint,
    combined: v.exactOptional(v.string()),
  })),
  owed: v.exactOptional(v.object({
    hook: v.boolean(),
    probe: v.boolean(),
    since: time,
    fingerprint,
    replacedSerial: v.exactOptional(serial),
    restorable: v.exactOptional(fingerprint),
  })),
  renewal: v.exactOptional(v.object({ attempts: count, lastAttempt: time, nextAttempt: time })),
  lastSuccess: v.exactOptional(time),
  lastFailure: v.exactOptional(
    v.object({ at: time, code: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)) }),
  ),
  totals: v.exactOptional(v.object({ attempts: count, failures: count })),
  latestTime: v.exactOptional(time),
  suspectTime: v.exactOptional(time),
  courses: v.exactOptional(
    v.pipe(v.array(v.object({ from: time, to: time, steps: count })), v.maxLength(16)),
  ),
  lastKnown: v.exactOptional(knownPlaces),
});

/** The state in the bytes of a state file, `undefined` where they are none. */
export function decodeState(content: Uint8Array): PairState | undefined {
  const result = v.safeParse(stateFile, parseJson(content));
  if (!result.success) return undefined;
  const {
    version: _,
    lastChange,
    owed,
    renewal,
    lastSuccess,
    lastFailure,
    totals,
    latestTime,
    suspectTime,
    courses,
    lastKnown,
    ...other
  } = result.output;
  return {
    ...(lastChange === undefined ? {} : { lastChange }),
    ...(owed === undefined ? {} : { owed }),
    ...(renewal === undefined ? {} : { renewal }),
    ...(lastSuccess === undefined ? {} : { lastSuccess }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(totals === undefined ? {} : { totals }),
    ...(latestTime === undefined ? {} : { latestTime }),
    ...(suspectTime === undefined ? {} : { suspectTime }),
    ...(courses === undefined ? {} : { courses }),
    ...(lastKnown === undefined ? {} : { lastKnown }),
    other,
  };
}

/** What a record beside a key says, `undefined` where it is none. */
export function decodeRecord(content: Uint8Array): LastKnown | undefined {
  const result = v.safeParse(recordFile, parseJson(content));
  return result.success ? result.output.lastKnown : undefined;
}

function parseJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}
