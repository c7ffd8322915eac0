/** The paths of EST (RFC 7030 3.2.2). */

/** The operations that RFC 7030 names, by their path segments. */
export const estOperations = [
  "cacerts",
  "simpleenroll",
  "simplereenroll",
  "csrattrs",
  "fullcmc",
  "serverkeygen",
] as const;

/** An operation of EST. */
export type EstOperation = typeof estOperations[number];

const prefix = "/.well-known/est/";

/** Whether a text may be a label: characters that need no escape in a path, and not an operation's name. */
export function isEstLabel(text: string): boolean {
  return /^[A-Za-z0-9_~.-]{1,64}$/.test(text) && !/^\.{1,2}$/.test(text) &&
    !estOperations.some((operation) => operation === text);
}

/**
 * The path of an operation.
 *
 * @param label as {@linkcode isEstLabel} allows it.
 */
export function estPath(operation: EstOperation, label?: string): string {
  return `${prefix}${label === undefined ? "" : `${label}/`}${operation}`;
}

/** What a path names. */
export interface EstPath {
  readonly label: string | undefined;
  readonly operation: EstOperation;
}

/**
 * Reads the path of a request.
 *
 * @param path as it is in the request line, without the query: nothing in it is decoded.
 * @returns `undefined` if it is not a path of EST.
 */
export function parseEstPath(path: string): EstPath | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const segments = path.slice(prefix.length).split("/");
  const last = segments.at(-1);
  const operation = estOperations.find((candidate) => candidate === last);
  const [label] = segments;
  if (operation === undefined || segments.length > 2 || label === undefined) return undefined;
  if (segments.length === 1) return { label: undefined, operation };
  return isEstLabel(label) ? { label, operation } : undefined;
}
