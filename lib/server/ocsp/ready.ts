/** Responses that can be sent as they are, found by what was asked. */
import type { HttpRequest, HttpResponse } from "../../system/mod.ts";
import type { OcspAnswer } from "./answers.ts";
import { Recent } from "./recent.ts";

/** The most requests that are remembered, and the longest one, in bytes: few are asked often. */
const limits = { requests: 1000, length: 300 } as const;

/** An answer, and the response that was made of it. */
interface Ready {
  readonly answer: OcspAnswer;
  /** In which second it was made: `max-age` is less in each. */
  second: number;
  response: HttpResponse;
}

/**
 * Responses that were sent before, by the bytes of the request. A request that is found is not read again:
 * the same bytes ask for the same.
 */
export class ReadyResponses {
  readonly #make: (answer: OcspAnswer, now: Date) => HttpResponse;
  readonly #entries = new Recent<Ready>(limits.requests);

  /** @param make makes the response for a client that has nothing yet. */
  constructor(make: (answer: OcspAnswer, now: Date) => HttpResponse) {
    this.#make = make;
  }

  /** The response; `undefined`: the request has to be read. */
  find(request: HttpRequest, now: Date): Ready | undefined {
    // What a client has already is for others to compare.
    if (request.header("if-none-match") ?? request.header("if-modified-since")) return undefined;
    const key = keyOf(request);
    const ready = key === undefined ? undefined : this.#entries.get(key);
    if (key === undefined || ready === undefined) return undefined;
    if (ready.answer.isCurrent?.() !== true) {
      this.#entries.delete(key);
      return undefined;
    }
    const second = secondOf(now);
    if (ready.second !== second) {
      ready.second = second;
      ready.response = this.#make(ready.answer, now);
    }
    return ready;
  }

  /** Remembers the answer to a request, unless it is for this request only. */
  keep(request: HttpRequest, answer: OcspAnswer, now: Date): void {
    const key = keyOf(request);
    // Anyone can ask for more and more numbers that this CA has never issued.
    if (key === undefined || answer.status === "unknown" || !answer.isCurrent?.()) return;
    const response = this.#make(answer, now);
    this.#entries.set(key, { answer, second: secondOf(now), response });
  }
}

function secondOf(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}

/** `undefined`: it is too long. */
function keyOf({ method, path, body }: HttpRequest): string | undefined {
  if (method !== "POST") return path.length > limits.length ? undefined : path;
  // No path has a space.
  return body.length > limits.length ? undefined : ` ${String.fromCharCode(...body)}`;
}
