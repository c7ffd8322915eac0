/** Fuzzing: mutations of what the parsers accept, each made from a seed that replays it. */
import { CertswapError } from "../../lib/system/errors.ts";
import { SeededRandom } from "../support/random.ts";
import { mutate } from "../x509/random_certificate.ts";
import { type Parser, parsers } from "./parsers.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How often a parser was tried, and how often it accepted the input. */
export interface ParserCounts {
  tried: number;
  accepted: number;
}

/** The result of fuzzing. */
export interface FuzzReport {
  /** By the parsers' names. */
  readonly counts: ReadonlyMap<string, ParserCounts>;
  /** The largest heap during the run, in bytes. */
  readonly heap: number;
}

/** The most that the heap may take, in bytes: no input is larger than 64 KiB. */
export const heapLimit = 768 * 1024 * 1024;

/** A parser threw an error that it must not throw, or accepted an invalid input. */
export class FuzzFailure extends Error {
  constructor(seed: number, { name }: Parser, options: { cause: unknown }) {
    super(`seed ${seed}: ${name}: ${options.cause}. Replay it: deno task fuzz 1 ${seed}`, options);
  }
}

/**
 * Fuzzes with consecutive seeds, starting at `from`. A seed gives the same input in every run.
 *
 * @throws FuzzFailure with the seed.
 */
export async function fuzz(
  count: number,
  from: number,
  onProgress?: (done: number) => void,
): Promise<FuzzReport> {
  const counts = new Map(parsers.map(({ name }) => [name, { tried: 0, accepted: 0 }]));
  let heap = 0;
  for (let done = 0; done < count; done++) {
    const seed = from + done;
    const random = new SeededRandom(seed);
    const parser = random.pick(parsers);
    const isAccepted = await tryOnce(seed, parser, inputFor(parser, random));
    const counted = counts.get(parser.name);
    if (counted !== undefined) {
      counted.tried++;
      if (isAccepted) counted.accepted++;
    }
    if (done % 1000 === 0) {
      heap = Math.max(heap, Deno.memoryUsage().heapUsed);
      if (heap > heapLimit) throw new FuzzFailure(seed, parser, { cause: `heap of ${heap} bytes` });
      onProgress?.(done);
    }
  }
  return { counts, heap };
}

async function tryOnce(seed: number, parser: Parser, input: Bytes): Promise<boolean> {
  try {
    return await parser.accepts(input);
  } catch (cause) {
    if (cause instanceof CertswapError) return false;
    throw new FuzzFailure(seed, parser, { cause });
  }
}

/** The maximum length of an input, in bytes. */
const longest = 64 * 1024;

/** The tokens of the grammars: random bytes rarely produce them. */
const tokens = [
  "-----BEGIN CERTIFICATE-----\n",
  "-----END CERTIFICATE-----\n",
  "-----",
  "\n",
  " ",
  "\t",
  "=",
  ",",
  ".",
  ":",
  "::",
  "+",
  "\\",
  '"',
  "'",
  '"""',
  "#",
  "[",
  "[[",
  "]",
  "{",
  "}",
  "a.",
  "a=",
  "0",
  "9",
  "null",
  "true",
  "-1",
  "1e999",
  "__proto__",
  "\ufeff",
  "\u202e",
  "\0",
] as const;

function inputFor({ samples }: Parser, random: SeededRandom): Bytes {
  const sample = random.pick(samples);
  switch (random.below(8)) {
    case 0:
      return sample;
    case 1:
      return mutate(random.bytes(1 + random.below(200)), random);
    case 2:
    case 3:
      return withToken(sample, random);
    case 4:
      return withRepeatedPart(sample, random);
    case 5:
      return spliced(sample, random.pick(samples), random);
    default:
      return mutate(sample, random);
  }
}

/** Inserts a token somewhere, once or many times. */
function withToken(sample: Bytes, random: SeededRandom): Bytes {
  const token = new TextEncoder().encode(random.pick(tokens));
  const times = random.oneIn(4)
    ? 1 + random.below(longest / 8 / token.length)
    : 1 + random.below(3);
  return insert(sample, repeated(token, times), random.below(sample.length + 1));
}

function withRepeatedPart(sample: Bytes, random: SeededRandom): Bytes {
  const begin = random.below(sample.length);
  const part = sample.slice(begin, begin + 1 + random.below(64));
  const times = random.oneIn(4) ? 1 + random.below(longest / 8 / part.length) : 1 + random.below(8);
  return insert(sample, repeated(part, times), begin);
}

function spliced(sample: Bytes, other: Bytes, random: SeededRandom): Bytes {
  const begin = random.below(other.length);
  const part = other.slice(begin, begin + random.below(200));
  return insert(sample, part, random.below(sample.length + 1));
}

function repeated(part: Bytes, times: number): Bytes {
  const bytes = new Uint8Array(part.length * times);
  for (let index = 0; index < times; index++) bytes.set(part, index * part.length);
  return bytes;
}

function insert(bytes: Bytes, part: Bytes, at: number): Bytes {
  const together = new Uint8Array(bytes.length + part.length);
  together.set(bytes.subarray(0, at));
  together.set(part, at);
  together.set(bytes.subarray(at), at + part.length);
  return together;
}
