/**
 * Reading the state file, each field by itself. On its own, so that valibot is loaded only if there
 * is one.
 */
import * as v from "valibot";
import type { LastKnown } from "./last_known/mod.ts";
import { failureTextLimit, mostTold, type PairState, unknownDebt } from "./state.ts";

/** RFC 3339. A year beyond 9999 has a sign and six digits, as ECMA-262 21.4.1.32 writes it. */
const time = v.pipe(
  v.string(),
  v.regex(
    /^(?:\d{4}|[+-]\d{6})-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/,
  ),
  v.transform((text) => new Date(text)),
  v.check((date) => !Number.isNaN(date.getTime())),
);

const fingerprint = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/**
 * Of a certificate that is only read it may be negative, and longer than RFC 5280 has it. Versions up to
 * 0.1.0 wrote two digits a byte, `01a9`: read as `1a9`.
 */
const serial = v.pipe(
  v.string(),
  v.regex(/^-?[0-9a-f]{2,}$/),
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

/** One line without control characters: it is printed as it is. */
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
} satisfies Readonly<Record<Exclude<keyof PairState, "other">, v.GenericSchema>>;

/** What a state file says. */
interface DecodedState {
  readonly state: PairState;
  /** The fields that cannot be read. They cost nothing but themselves. */
  readonly unreadable: readonly string[];
}

/**
 * The state in the bytes of a state file.
 *
 * @param now since when is owed what cannot be read.
 * @returns `undefined` if the bytes are no state file of this version.
 */
export function decodeState(content: Uint8Array, now: Date): DecodedState | undefined {
  const file = parseJson(content);
  if (!isObject(file) || file["version"] !== 1) return undefined;
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

/** Reads a field: all of it, or what is left without those of its own fields that it can do without. */
function readField(
  schema: (typeof fields)[keyof typeof fields],
  value: unknown,
): { readonly value: unknown; readonly bad: readonly string[] } {
  const whole = v.safeParse(schema, value);
  if (whole.success) return { value: whole.output, bad: [] };
  const bad = new Set(whole.issues.map(({ path }) => String(path?.[0]?.key ?? "")));
  if (!isObject(value) || bad.has("")) return { value: undefined, bad: [""] };
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !bad.has(name)));
  const result = v.safeParse(schema, rest);
  return result.success ? { value: result.output, bad: [...bad] } : { value: undefined, bad: [""] };
}

/**
 * What a newer version may keep here: no deeper, and no more characters with its indent, can be
 * handed on.
 */
const mostDepth = 64;
const mostLength = 256 * 1024;

/** The fields that are not known here, and the names of those among them that cannot be written again. */
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

/** Whether two values of a state are the same: text, numbers, times, lists and objects of those. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Date || b instanceof Date) return JSON.stringify(a) === JSON.stringify(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [inA, inB] = [Object.entries(a), new Map(Object.entries(b))];
  return Array.isArray(a) === Array.isArray(b) && inA.length === inB.size &&
    inA.every(([name, value]) => inB.has(name) && sameValue(value, inB.get(name)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
