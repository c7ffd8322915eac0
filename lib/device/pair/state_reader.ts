/**
 * Reads the state file, field by field. In a file of its own, so that valibot is loaded only if there is a
 * state file.
 */
import * as v from "valibot";
import { isJsonObject } from "../../system/mod.ts";
import type { LastKnown } from "./last_known/mod.ts";
import {
  failureTextLimit,
  mostRecorded,
  mostTold,
  type PairState,
  stateVersion,
  unknownDebt,
} from "./state.ts";

const time = v.pipe(
  v.string(),
  v.check(isTime),
  v.transform((text) => new Date(text)),
  v.check((date) => !Number.isNaN(date.getTime())),
);

/** RFC 3339. A year beyond 9999 has a sign and six digits, as in ECMA-262 21.4.1.32. */
function isTime(text: string): boolean {
  // Nearly always as certswap writes it: compiling the form would take longer than all other checks.
  const date = new Date(text);
  if (!Number.isNaN(date.getTime()) && date.toISOString() === text) return true;
  return /^(?:\d{4}|[+-]\d{6})-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/
    .test(text);
}

const fingerprint = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/**
 * The serial number of a certificate that was only read may be negative, and longer than RFC 5280 allows.
 * Versions up to 0.1.0 wrote two digits a byte, `01a9`: read as `1a9`.
 */
const serial = v.pipe(
  v.string(),
  v.regex(/^-?[0-9a-f]{2,}$/),
  v.transform((written) => written.replace(/^(-?)0+(?=[0-9a-f]{2})/, "$1")),
);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** As in stat(2): 64 bits, of which a number keeps enough. */
const fileNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

const knownFile = v.object({ path: v.string(), device: fileNumber, inode: fileNumber });

const knownPlaces = v.object({
  isComplete: v.boolean(),
  certificate: knownFile,
  key: knownFile,
  combined: v.exactOptional(knownFile),
  outputs: v.exactOptional(v.pipe(v.array(knownFile), v.maxLength(64))),
});

const recordFile = v.object({ version: v.literal(stateVersion), lastKnown: knownPlaces });

/** One line without control characters: it is printed unchanged. */
const failureText = v.pipe(
  v.string(),
  v.maxLength(failureTextLimit),
  v.check(isOneLine),
);

function isOneLine(text: string): boolean {
  // Created here and not with the schema: V8 takes half a millisecond to build Unicode's classes.
  return /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]*$/u.test(text);
}

/** No configuration has more hooks or probes for a pair. */
const mostOfAList = 64;

const earlierSight = v.object({
  probe: fingerprint,
  stage: v.picklist(["nothing", "connected", "handshake", "certificate"]),
  saw: v.picklist(["expected", "another", "nothing"]),
  fingerprint: v.exactOptional(fingerprint),
  since: v.exactOptional(v.picklist(["served", "same"])),
});

const fingerprints = v.pipe(v.array(fingerprint), v.maxLength(mostRecorded));

const bundleRecord = v.object({
  asked: time,
  refreshed: v.exactOptional(time),
  served: fingerprints,
  withdrawn: v.pipe(
    v.array(v.object({ fingerprint, since: time })),
    v.maxLength(mostRecorded),
  ),
  removed: fingerprints,
  offered: fingerprints,
});

/** Every field of {@linkcode PairState}. */
const fields = {
  lastChange: v.object({
    at: time,
    by: v.picklist(["swap", "rollback"]),
    fingerprint,
    combined: v.exactOptional(v.string()),
  }),
  owed: v.object({
    hook: v.boolean(),
    probe: v.boolean(),
    since: time,
    fingerprint: v.exactOptional(fingerprint),
    replacedSerial: v.exactOptional(serial),
    restorable: v.exactOptional(fingerprint),
    before: v.exactOptional(v.pipe(v.array(earlierSight), v.maxLength(mostOfAList))),
    hooksDone: v.exactOptional(v.pipe(v.array(fingerprint), v.maxLength(mostOfAList))),
    toNoEffect: v.exactOptional(v.object({ times: count, last: time })),
  }),
  takenBack: v.object({ fingerprint, times: count, certificates: count }),
  kept: v.object({
    fingerprint,
    since: time,
    reason: v.picklist(["refused", "not-yet-valid", "not-placed"]),
  }),
  renewal: v.object({
    attempts: count,
    lastAttempt: time,
    nextAttempt: time,
    setBy: v.exactOptional(v.literal("issuer")),
  }),
  lastSuccess: time,
  lastFailure: v.object({
    at: time,
    code: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
    text: v.exactOptional(failureText),
    identity: v.exactOptional(failureText),
    since: v.exactOptional(time),
    count: v.exactOptional(count),
  }),
  told: v.object({
    at: time,
    urgency: v.picklist(["notice", "warning", "critical"]),
    what: v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
      v.maxLength(mostTold),
    ),
  }),
  totals: v.object({ attempts: count, failures: count }),
  latestTime: time,
  suspectTime: time,
  courses: v.pipe(v.array(v.object({ from: time, to: time, steps: count })), v.maxLength(16)),
  lastKnown: knownPlaces,
  secret: v.object({
    salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
    digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    since: time,
    isUsed: v.boolean(),
  }),
  outputs: v.pipe(
    v.array(v.object({
      path: v.pipe(v.string(), v.startsWith("/")),
      content: v.exactOptional(fingerprint),
      made: v.exactOptional(fingerprint),
      bundle: v.exactOptional(bundleRecord),
    })),
    v.maxLength(mostOfAList),
  ),
} satisfies Readonly<Record<Exclude<keyof PairState, "other">, v.GenericSchema>>;

/** The content of a state file. */
interface DecodedState {
  readonly state: PairState;
  /** The unreadable fields. The others are still used. */
  readonly unreadable: readonly string[];
}

/**
 * Parses a state file.
 *
 * @param now the time since which hooks and probes are pending if that cannot be read.
 * @returns `undefined` if the bytes are not a state file of this version.
 */
export function decodeState(content: Uint8Array, now: Date): DecodedState | undefined {
  const file = parseJson(content);
  if (!isJsonObject(file) || file["version"] !== stateVersion) return undefined;
  const state: Record<string, unknown> = {};
  const unreadable: string[] = [];
  for (const [name, schema] of Object.entries(fields)) {
    if (!Object.hasOwn(file, name)) continue;
    const { value, bad } = readField(schema, file[name]);
    if (value !== undefined) state[name] = value;
    else if (name === "owed") state[name] = unknownDebt(now);
    unreadable.push(...bad.map((field) => field === "" ? name : `${name}.${field}`));
  }
  const { other, left } = toHandOn(file);
  return { state: { ...state, other }, unreadable: [...unreadable, ...left] };
}

/** Reads a field: all of it, or the rest without its unreadable optional fields. */
function readField(
  schema: (typeof fields)[keyof typeof fields],
  value: unknown,
): { readonly value: unknown; readonly bad: readonly string[] } {
  const whole = v.safeParse(schema, value);
  if (whole.success) return { value: whole.output, bad: [] };
  const bad = new Set(whole.issues.map(({ path }) => String(path?.[0]?.key ?? "")));
  if (!isJsonObject(value) || bad.has("")) return { value: undefined, bad: [""] };
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !bad.has(name)));
  const result = v.safeParse(schema, rest);
  return result.success ? { value: result.output, bad: [...bad] } : { value: undefined, bad: [""] };
}

/**
 * Limits of what a newer version may keep here: deeper or longer values (with indentation) are not passed on.
 */
const mostDepth = 64;
const mostLength = 256 * 1024;

/** The unknown fields, and the names of those that cannot be written back. */
function toHandOn(
  file: Readonly<Record<string, unknown>>,
): { readonly other: Readonly<Record<string, unknown>>; readonly left: readonly string[] } {
  const kept: [string, unknown][] = [];
  const left: string[] = [];
  let room = mostLength;
  for (const [name, value] of Object.entries(file)) {
    if (name === "version" || Object.hasOwn(fields, name)) continue;
    const length = isWithin(value, mostDepth)
      ? JSON.stringify([name, value], undefined, 2).length
      : Infinity;
    if (length > room) {
      left.push(name);
      continue;
    }
    room -= length;
    kept.push([name, value]);
  }
  return { other: Object.fromEntries(kept), left };
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}

/** Whether two values of a state are equal: text, numbers, times, lists and objects of these. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Date || b instanceof Date) return JSON.stringify(a) === JSON.stringify(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [inA, inB] = [Object.entries(a), new Map(Object.entries(b))];
  return Array.isArray(a) === Array.isArray(b) && inA.length === inB.size &&
    inA.every(([name, value]) => inB.has(name) && sameValue(value, inB.get(name)));
}

/** Parses a record beside a key; `undefined` if it is not one. */
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
