/** A response as the runtime's server takes it. */
import { withUsualNames } from "./field_names.ts";
import type { HttpResponse } from "./http.ts";

/** A response as the runtime's server takes it. */
export interface Encoded {
  /** Names and values of header fields in turns. */
  readonly fields: readonly string[];
  /** A text has one character for each byte: the runtime sends it with the header in one write. */
  readonly body: string | Uint8Array;
}

/** The longest body that becomes a text. A longer one is worth a write of its own. */
const textLimit = 4096;

/** Encodes a response. */
export function encoded({ status, headers = {}, body, isRepeated = false }: HttpResponse): Encoded {
  const length = status === 304 || status === 204
    ? {}
    : { "content-length": String(body?.length ?? 0) };
  return {
    fields: Object.entries(withUsualNames({ ...headers, ...length })).flat(),
    body: body === undefined ? "" : isRepeated && body.length <= textLimit ? textOf(body) : body,
  };
}

/** One character for each byte. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
