import { CertswapError, type FileSystem } from "../system/mod.ts";
import type { Root } from "./authority.ts";
import { type CheckedRequest, checkRequestFile, requireStranger } from "./check_request.ts";
import { mapConcurrently } from "./concurrency.ts";
import { RequestsRefusedError } from "./errors.ts";

/** What is done with a bad request among others: none is signed then, or all but the bad ones. */
export interface BadRequestPolicy {
  /** Paths of all requests. */
  readonly requests: readonly string[];
  readonly onBadRequest: "stop" | "skip";
}

/** Requests, told apart. At least one is good. */
export interface CheckedRequests {
  readonly good: readonly CheckedRequest[];
  /** What is wrong with each of the others. */
  readonly bad: readonly CertswapError[];
}

/**
 * Reads requests and makes every check that needs no CA.
 *
 * @param onDone is told how many are done.
 * @throws the error of the request where there is one alone, RequestsRefusedError where there are several.
 */
export async function checkRequestFiles(
  files: FileSystem,
  policy: BadRequestPolicy,
  onDone?: (done: number) => void,
): Promise<CheckedRequests> {
  const results = await mapConcurrently(
    policy.requests,
    (file) => orError(() => checkRequestFile(files, file)),
    onDone,
  );
  return divide(results, [], policy);
}

/**
 * Makes the checks that need the CA on those that were good so far.
 *
 * @throws as {@linkcode checkRequestFiles}.
 */
export async function checkAgainstRoot(
  { good, bad }: CheckedRequests,
  root: Root,
  policy: BadRequestPolicy,
): Promise<CheckedRequests> {
  const results = await Promise.all(good.map((request) =>
    orError(() => {
      requireStranger(request, root);
      return request;
    })
  ));
  return divide(results, bad, policy);
}

/** What `check` gives, or the error that it throws on purpose. */
async function orError<T>(check: () => Promise<T> | T): Promise<T | CertswapError> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof CertswapError) return error;
    throw error;
  }
}

function divide(
  results: readonly (CheckedRequest | CertswapError)[],
  badBefore: readonly CertswapError[],
  { requests, onBadRequest }: BadRequestPolicy,
): CheckedRequests {
  const bad = [...badBefore, ...results.filter((result) => result instanceof CertswapError)];
  const good = results.filter((result): result is CheckedRequest =>
    !(result instanceof CertswapError)
  );
  if (good.length === 0 || (bad.length > 0 && onBadRequest === "stop")) {
    const [only] = bad;
    throw requests.length === 1 && only ? only : new RequestsRefusedError(requests.length, bad);
  }
  return { good, bad };
}
