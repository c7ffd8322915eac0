/** A renewal: make or resume the request, ask the issuer, put what comes back in its place. */
import { CertswapError } from "../../../system/mod.ts";
import { InterruptedError, OutcomeUnknownError } from "../../../transaction/mod.ts";
import { certificatesEqual } from "../../../x509/mod.ts";
import { webCryptoKeys } from "../../../x509/key/signer.ts";
import type { ActivePair } from "../../pair/active_pair.ts";
import { day } from "../../duration.ts";
import { CertificateNotYetValidError } from "../../errors.ts";
import { load, loadAnchors, type LoadedPair } from "../../pair/read_pair.ts";
import { type PairState, readState } from "../../pair/state.ts";
import {
  canWait,
  type Due,
  judgeCandidate,
  pendingCandidate,
  placeCandidate,
  type Placed,
} from "./candidate.ts";
import { type Rotation, tell, writeDown } from "../context.ts";
import { isWaiting, periodToLose } from "../decide/decision.ts";
import { AnswerRefusedError, SameCertificateError, StateBlockedError } from "../errors.ts";
import { type IssuerAnswer, openIssuer } from "../../issuer/issuer.ts";
import { pairEnvironment } from "../../service/program.ts";
import { attemptsOf, withAttempt, withFailure, withPending } from "../progress.ts";
import { type PreparedRequest, prepareRequest } from "./request.ts";
import { emptyResult, type RotationResult } from "../event.ts";
import { backoff, placeOf } from "../decide/schedule.ts";
import { isStopped } from "../owed/tell_service.ts";
import { settleOwed } from "../owed/owed.ts";
import { untilStopped } from "../../service/probe.ts";
import { wantedIdentity } from "../decide/wanted.ts";

/** What errors call the certificate that an issuer has given: it is in no file yet. */
const answerName = "(from the issuer)";

/** The least that lies between two questions to an issuer that has one wait for it, in milliseconds. */
const shortestWait = 5000;

/** The longest that an issuer can have certswap wait. */
const longestWait = day;

/** Renews a pair. Whatever fails is in the result, and written down with when to try again. */
export async function renew(rotation: Rotation, due: Due): Promise<RotationResult> {
  tell(rotation, { event: "due", reason: due.reason });
  const result = { ...emptyResult(rotation.configuration.name), reason: due.reason };
  try {
    await requireStateFile(rotation);
    requireAnchors(rotation);
    const candidate = await pendingCandidate(rotation, due) ??
      await askForCandidate(rotation, due);
    if (candidate instanceof Date) {
      return { ...result, outcome: "waiting", nextAttempt: candidate };
    }
    return { ...result, ...await place(rotation, candidate) };
  } catch (error) {
    return { ...result, ...await fail(rotation, due, error) };
  }
}

/** Without it a hook could be forgotten, and the issuer would be asked at every run. */
async function requireStateFile({ system, pair }: Rotation): Promise<void> {
  const { isReplaceable, warning } = await readState(system, pair);
  if (!isReplaceable) throw new StateBlockedError(pair.state, { cause: warning });
}

/** Asked for first, so that no certificate is issued that could not be judged. */
function requireAnchors({ system, configuration: { trust } }: Rotation): void {
  if (trust !== undefined) loadAnchors(system.files, trust);
}

/** Asks the issuer. @returns when to ask again, where it has not decided. */
async function askForCandidate(rotation: Rotation, due: Due): Promise<LoadedPair | Date> {
  const prepared = await beginAttempt(rotation, due);
  const answer = await ask(rotation, prepared);
  if (answer.kind === "pending") return await putOff(rotation, answer.retryAfter);
  const { keyContent } = prepared;
  try {
    const files = { certificate: answerName, key: rotation.pair.requested.key };
    const candidate = await load(files, { certificate: answer.chain, key: keyContent });
    const { usableFrom } = await judgeCandidate(rotation, candidate, due.active);
    if (usableFrom !== undefined && !canWait(rotation, due.active, usableFrom)) {
      throw new CertificateNotYetValidError(answerName, usableFrom, rotation.system.clock.now());
    }
    requireNew(candidate, due.active);
    return candidate;
  } catch (cause) {
    throw cause instanceof CertswapError ? new AnswerRefusedError(answerName, { cause }) : cause;
  }
}

/** An issuer that gives what the device has already would have it reload its service at every run. */
function requireNew({ leaf }: LoadedPair, active: ActivePair): void {
  if (active.condition === "sound" && certificatesEqual(leaf, active.loaded.leaf)) {
    throw new SameCertificateError();
  }
}

/** Makes the request durable, and with it that it is about to be asked for. */
async function beginAttempt(rotation: Rotation, due: Due): Promise<PreparedRequest> {
  const { system, pair, configuration, options } = rotation;
  const { keys = webCryptoKeys } = options;
  // Made once: what `writeDown` is given may be asked for twice, and making an RSA key takes seconds.
  const prepared = await prepareRequest(system, pair, {
    configuration,
    active: due.active,
    keys,
  });
  const now = system.clock.now();
  const { state } = await readState(system, pair);
  const wait = await waitAfter(rotation, due, { state, now });
  await writeDown(
    rotation,
    (state) => withAttempt(state, now, wait),
    () => Promise.resolve(prepared.entries),
  );
  if (prepared.entries.length > 0) tell(rotation, { event: "request-made" });
  tell(rotation, { event: "asking-issuer", attempt: attemptsOf(state) + 1 });
  return prepared;
}

/** How long to wait, in milliseconds, if nothing comes of the attempt that is made now. */
async function waitAfter(
  { configuration }: Rotation,
  { active }: Due,
  { state, now }: { readonly state: PairState; readonly now: Date },
): Promise<number> {
  const identity = wantedIdentity(configuration, active);
  return backoff({
    attempts: attemptsOf(state) + 1,
    period: periodToLose({ configuration, now, active }),
    place: identity === undefined ? 0 : await placeOf(identity),
  });
}

async function ask(
  rotation: Rotation,
  { requestContent }: PreparedRequest,
): Promise<IssuerAnswer> {
  const { system, configuration, pair, options } = rotation;
  if (configuration.issuer === undefined) throw new TypeError("a pair without an issuer is due");
  const issuer = await openIssuer(system, configuration.issuer);
  const question = {
    request: requestContent,
    requestPath: pair.requested.request,
    environment: pairEnvironment(configuration, pair),
    lockTimeout: options.lockTimeout,
  };
  let answer = await issuer.ask(question);
  if (answer.kind === "issued" || !options.wait) return answer;
  // Whatever ends the waiting: that the issuer was not ready was no failure, and the next run asks again.
  await putOff(rotation, answer.retryAfter);
  while (answer.kind === "pending") {
    const pause = Math.max(shortestWait, answer.retryAfter);
    await untilStopped(system, (stopOr) => stopOr(system.clock.sleep(pause)));
    answer = await issuer.ask(question);
  }
  return answer;
}

async function putOff(rotation: Rotation, retryAfter: number): Promise<Date> {
  const now = rotation.system.clock.now();
  const wait = Math.min(retryAfter, longestWait);
  await writeDown(rotation, (state) => withPending(state, now, wait));
  const nextAttempt = new Date(now.getTime() + wait);
  tell(rotation, { event: "issuer-pending", nextAttempt });
  return nextAttempt;
}

/** Puts a candidate in its place, and sees to what that owes the service. */
async function place(
  rotation: Rotation,
  candidate: LoadedPair,
): Promise<Partial<RotationResult>> {
  const placed = await placeCandidate(rotation, candidate);
  const { certificate, replaced, warnings } = placed;
  if (placed.as === "pending") {
    tell(rotation, { event: "kept-pending", certificate });
    return { outcome: "waiting", nextAttempt: certificate.notBefore, warnings };
  }
  tell(rotation, { event: "swapped", certificate, replaced });
  return await settleAfter(rotation, placed);
}

async function settleAfter(
  rotation: Rotation,
  { certificate, debt, warnings }: Placed,
): Promise<Partial<RotationResult>> {
  if (debt === undefined) {
    tell(rotation, { event: "done" });
    return { outcome: "rotated", certificate, warnings };
  }
  const { owed, errors, restored, ...settled } = await settleOwed(rotation, debt);
  return {
    outcome: restored === undefined ? "rotated" : "restored",
    certificate: restored?.certificate ?? certificate,
    owed,
    errors: restored === undefined ? errors : [restored.error, ...errors],
    warnings: [...warnings, ...settled.warnings],
    isInterrupted: errors.some(isStopped),
  };
}

/**
 * Writes down a failure, and when to try again: where the issuer was asked, that stands there already; where it
 * did not come so far, this counts as an attempt all the same, or the next run would fail alike in an hour.
 */
async function fail(
  rotation: Rotation,
  due: Due,
  error: unknown,
): Promise<Partial<RotationResult>> {
  const { system, pair } = rotation;
  const isInterrupted = error instanceof InterruptedError;
  const now = system.clock.now();
  const nextAttempt = await orUndefined(async () => {
    const { state } = await readState(system, pair);
    // Where nobody knows what is on the disk nothing is written: that is for recovery, and a person.
    if (!isInterrupted && !(error instanceof OutcomeUnknownError)) {
      const wait = await waitAfter(rotation, due, { state, now });
      await writeDown(rotation, (state) => {
        const begun = isWaiting(state, now) ? state : withAttempt(state, now, wait);
        return withFailure(begun, now, error);
      });
    }
    return (await readState(system, pair)).state.renewal?.nextAttempt;
  });
  tell(rotation, { event: "failed", error, nextAttempt });
  return { outcome: "failed", errors: [error], nextAttempt, isInterrupted };
}

/** A failure that cannot be written down is not the one to report: most often it is the same. */
async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
