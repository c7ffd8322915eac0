/** What of an EST answer is read, and under which conditions: for requests and for the first contact. */
import { estBodyLimit, type EstOperation } from "../../../protocol/est/mod.ts";
import { parseMediaType, parseRetryAfter } from "../../../protocol/http/mod.ts";
import { CertswapError, type HttpsAnswer } from "../../../system/mod.ts";
import type { EstIssuer } from "./configuration.ts";
import { EstAnswerError } from "./errors.ts";

/** The longest Content-Type that errors keep, in UTF-16 code units. */
const typeLimit = 80;

/** Which answer, and whose. */
export interface Answered {
  readonly url: string;
  readonly operation: EstOperation;
  /** `undefined`: none has arrived. */
  readonly answer: HttpsAnswer | undefined;
}

/** The limits of a connection. */
export function limitsOf({ timeLimit }: Pick<EstIssuer, "timeLimit">): {
  readonly timeLimit: number;
  readonly bodyLimit: number;
} {
  return { timeLimit, bodyLimit: estBodyLimit };
}

/** Whether an answer is of this media type, with any parameters. */
export function isOfType({ headers }: HttpsAnswer, type: string): boolean {
  return parseMediaType(headers.get("content-type") ?? "")?.type === type;
}

/** Milliseconds after which the server wants to be asked again; `undefined` if it does not say. */
export function retryAfterOf({ headers }: HttpsAnswer, now: Date): number | undefined {
  const written = headers.get("retry-after");
  return written === undefined ? undefined : parseRetryAfter(written, now);
}

/** Adds whose answer it is to the errors of reading it. @throws EstAnswerError */
export async function reading<T>(answered: Answered, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof CertswapError ? unusable(answered, cause) : cause;
  }
}

/** The error for an answer that cannot be used. */
export function unusable({ url, operation, answer }: Answered, cause: unknown): EstAnswerError {
  const contentType = answer?.headers.get("content-type")?.slice(0, typeLimit).toWellFormed();
  return new EstAnswerError({ url, operation, contentType }, { cause });
}
