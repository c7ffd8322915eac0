/** A renewal: creates or resumes the request, asks the issuer, and puts the answer in place. */
import { CertswapError } from "../../../system/mod.ts";
import { InterruptedError, OutcomeUnknownError } from "../../../transaction/mod.ts";
import {
  type Bytes,
  certificatesEqual,
  compareIdentities,
  type KeySource,
  webCryptoKeys,
} from "../../../x509/mod.ts";
import { requireDeliverable } from "../../change/mod.ts";
import type { PairConfiguration } from "../../configuration/mod.ts";
import { CertificateNotYetValidError } from "../../errors.ts";
import {
  EstFailedError,
  EstRefusedError,
  type Issuer,
  type IssuerAnswer,
  IssuerFailedError,
  IssuerNotReadyError,
  openIssuer,
  prepareIssuer,
  type SecretMark,
} from "../../issuer/mod.ts";
import {
  type ActivePair,
  load,
  loadAnchors,
  type LoadedPair,
  type PairState,
  readState,
} from "../../pair/mod.ts";
import { issuerPause } from "../../retry.ts";
import { pairEnvironment, untilStopped } from "../../service/mod.ts";
import {
  failingIn,
  failureOf,
  requireStateFile,
  type Rotation,
  tell,
  writeDown,
} from "../context.ts";
import {
  hasSucceeded,
  type RenewalRules,
  waitsAfterFailure,
  wantedIdentity,
} from "../decide/mod.ts";
import { AnswerRefusedError, SameCertificateError } from "../errors.ts";
import { emptyResult, type RotationResult } from "../event.ts";
import { isStopped, type Settle } from "../owed/mod.ts";
import { attemptsOf, withAttempt, withPending, withRetryAfter } from "../progress.ts";
import {
  type CandidateRules,
  canWait,
  type Due,
  judgeCandidate,
  pendingCandidate,
} from "./candidate.ts";
import { answerRoom, keepAnswer, keptCandidate } from "./kept_answer.ts";
import { placeCandidate, type Placed, type PlacingRules } from "./place_candidate.ts";
import { type PreparedRequest, prepareRequest, type RequestRules } from "./request.ts";
import { removeSecret, withSecretSent } from "./secret.ts";
import { fulfil } from "./wishes.ts";

/** The path that errors show for the issuer's certificate, which is not in a file yet. */
const answerName = "(from the issuer)";

/** Options of a renewal. */
interface RenewOptions extends RenewalRules, RequestRules, PlacingRules {
  /** Wait until the issuer has decided. */
  readonly wait: boolean;
  /** Where private keys come from; WebCrypto by default. */
  readonly keys: KeySource | undefined;
  /** Runs pending hooks and probes. */
  readonly settle: Settle;
}

/** Renews a pair. A failure is in the result, and recorded together with the time of the next attempt. */
export async function renew(
  rotation: Rotation,
  due: Due,
  options: RenewOptions,
): Promise<RotationResult> {
  tell(rotation, { event: "due", reason: due.reason });
  const warnings: unknown[] = [];
  const attempt: Attempt = { isCounted: false, warnings, identity: options.identity };
  const result: RotationResult = { ...emptyResult(rotation.name), reason: due.reason, warnings };
  try {
    await requireStateFile(rotation);
    // Fetched first: outputs such as a trust bundle are made of the CA certificate, too.
    await prepareIssuer(rotation.system, options.issuer);
    // Checked before asking, so that no certificate is issued that could not be put in place.
    await requireDeliverable(rotation.system, rotation.pair, due.active);
    // Read first, so that no certificate is issued that could not be validated.
    warnings.push(...loadAnchors(rotation.system.files, options.trust).warnings);
    const candidate = await pendingCandidate(rotation, due, options) ??
      await keptCandidate(rotation, due, options) ??
      await askForCandidate(rotation, due, { ...options, attempt });
    if (candidate instanceof Date) {
      return { ...result, outcome: "waiting", waitsFor: "issuer", nextAttempt: candidate };
    }
    const placed = await place(rotation, candidate, { ...options, identity: attempt.identity });
    warnings.push(...await removeSecret(rotation, options.issuer));
    return { ...result, ...placed, warnings: [...warnings, ...placed.warnings ?? []] };
  } catch (error) {
    const { active } = due;
    return { ...result, ...await fail(rotation, error, { ...options, active, attempt }) };
  }
}

/** An attempt of this run. */
interface Attempt {
  /** Whether it is already recorded, with the time of the next attempt if it fails. */
  isCounted: boolean;
  /** Warnings so far. They may explain a later error, so they are reported even if the attempt fails. */
  readonly warnings: unknown[];
  /** The configured identity, completed by the issuer. */
  identity: PairConfiguration["identity"];
}

/**
 * Asks the issuer; if it refuses the active pair, again with a new secret.
 *
 * @returns as {@linkcode askOnce}.
 */
async function askForCandidate(
  rotation: Rotation,
  due: Due,
  options: AskOptions,
): Promise<LoadedPair | Date> {
  try {
    return await askOnce(rotation, due, options);
  } catch (error) {
    if (!(error instanceof EstRefusedError) || error.credentials !== "pair") throw error;
    return await askOnce(rotation, due, { ...options, refused: error });
  }
}

type AskOptions = RenewOptions & {
  readonly attempt: Attempt;
  /** The refusal of the active pair. */
  readonly refused?: EstRefusedError;
};

/** Asks the issuer. @returns when to ask again, if it has not decided. */
async function askOnce(
  rotation: Rotation,
  { active }: Due,
  options: AskOptions,
): Promise<LoadedPair | Date> {
  const { system, pair } = rotation;
  const { attempt } = options;
  const { issuer } = options;
  if (issuer === undefined) throw new TypeError("a pair without an issuer is due");
  const opened = await openIssuer(system, issuer);
  try {
    const { state } = await readState(system, pair);
    const preparation = await opened.prepare?.({
      current: active.condition === "sound" ? active.loaded : undefined,
      usedSecret: state.secret?.isUsed ? state.secret : undefined,
      refused: options.refused,
    });
    const fulfilled = preparation === undefined
      ? { identity: options.identity, extensions: [] }
      : fulfil(preparation, { ...options, active });
    attempt.identity = fulfilled.identity;
    const rules = { ...options, ...fulfilled, active };
    const prepared = await beginAttempt(rotation, { ...rules, secret: preparation?.secret });
    attempt.isCounted = true;
    const answer = await ask(rotation, prepared, { ...rules, opened });
    return await candidateFrom(rotation, answer, { ...rules, prepared });
  } finally {
    opened.close?.();
  }
}

/** The pair that an answer makes, if it is what was asked for. */
async function candidateFrom(
  rotation: Rotation,
  answer: IssuerAnswer,
  { active, prepared, attempt, ...options }: CandidateRules & {
    readonly active: ActivePair;
    readonly prepared: PreparedRequest;
    readonly attempt: Attempt;
  },
): Promise<LoadedPair | Date> {
  const { system, pair, built } = rotation;
  attempt.warnings.push(...answer.warnings);
  if (answer.kind === "pending") return await putOff(rotation, answer.retryAfter);
  const { keyContent } = prepared;
  try {
    const files = { certificate: answerName, key: pair.requested.key };
    const candidate = await load(files, { certificate: answer.chain, key: keyContent });
    const { usableFrom } = await judgeCandidate(system, candidate, { ...options, active });
    const now = system.clock.now();
    if (usableFrom !== undefined && !canWait(active, usableFrom, { now, built })) {
      throw new CertificateNotYetValidError(answerName, usableFrom, now);
    }
    requireNew(candidate, active);
    await keepAnswer(rotation, answer.chain);
    return candidate;
  } catch (cause) {
    throw cause instanceof CertswapError ? new AnswerRefusedError(answerName, { cause }) : cause;
  }
}

/** An issuer that returned the active certificate again would make the service reload at every run. */
function requireNew({ leaf }: LoadedPair, active: ActivePair): void {
  if (active.condition === "sound" && certificatesEqual(leaf, active.loaded.leaf)) {
    throw new SameCertificateError();
  }
}

/** What the wait after a failed attempt depends on, apart from the number of attempts. */
type WaitRules = Pick<PairConfiguration, "identity" | "renewBefore"> & {
  readonly active: ActivePair;
};

/** Makes the request durable and records the attempt, before the issuer is asked. */
async function beginAttempt(
  rotation: Rotation,
  { keys = webCryptoKeys, secret, ...rules }:
    & RequestRules
    & WaitRules
    & Pick<RenewOptions, "keys">
    & { readonly extensions: readonly Bytes[]; readonly secret: SecretMark | undefined },
): Promise<PreparedRequest> {
  const { system, pair } = rotation;
  // Made once, because `writeDown` may evaluate its arguments twice, and generating an RSA key takes
  // seconds.
  const prepared = await prepareRequest(system, pair, { ...rules, keys });
  const now = system.clock.now();
  const { state } = await readState(system, pair);
  const wait = await waitAfter(rules, { state, now });
  await writeDown(
    rotation,
    (state) => withSecretSent(withAttempt(state, now, wait), secret, now),
    async () => [...prepared.entries, ...await answerRoom(system, pair)],
  );
  if (prepared.entries.length > 0) tell(rotation, { event: "request-made" });
  tell(rotation, { event: "asking-issuer", attempt: attemptsOf(state) + 1 });
  return prepared;
}

/** How long to wait, in milliseconds, if the current attempt fails. */
async function waitAfter(
  { identity, renewBefore, active }: WaitRules,
  { state, now }: { readonly state: PairState; readonly now: Date },
): Promise<number> {
  const leaf = active.condition === "sound" ? active.loaded.leaf : undefined;
  const wanted = wantedIdentity(identity, active);
  const waits = await waitsAfterFailure({
    now,
    leaf,
    renewBefore,
    wanted,
    hasSucceeded: hasSucceeded(state),
  });
  return waits(attemptsOf(state) + 1);
}

async function ask(
  rotation: Rotation,
  { request, requestContent }: PreparedRequest,
  { opened, wait, attempt, active }: Pick<RenewOptions, "wait"> & {
    readonly opened: Issuer;
    readonly attempt: Attempt;
    readonly active: ActivePair;
  },
): Promise<IssuerAnswer> {
  const { system, name, pair, lockTimeout } = rotation;
  const question = {
    request: requestContent,
    requestPath: pair.requested.request,
    publicKey: request.subjectPublicKeyInfo,
    keepsIdentity: active.condition === "sound" &&
      compareIdentities(active.loaded.leaf, request).verdict === "equal",
    environment: pairEnvironment(name, pair),
    lockTimeout,
  };
  let answer = await opened.ask(question);
  if (answer.kind === "issued" || !wait) return answer;
  // If the wait is interrupted, the issuer was not ready, which is not a failure: the next run asks again.
  await putOff(rotation, answer.retryAfter);
  attempt.isCounted = false;
  while (answer.kind === "pending") {
    const pause = Math.max(issuerPause.shortest, answer.retryAfter);
    await untilStopped(system, (stopOr) => stopOr(system.clock.sleep(pause)));
    answer = await opened.ask(question);
  }
  return answer;
}

async function putOff(rotation: Rotation, retryAfter: number): Promise<Date> {
  const now = rotation.system.clock.now();
  const wait = Math.min(retryAfter, issuerPause.longest);
  const answer = failureOf(rotation, new IssuerNotReadyError());
  await writeDown(rotation, (state) => withPending(state, now, { retryAfter: wait, answer }));
  const nextAttempt = new Date(now.getTime() + wait);
  tell(rotation, { event: "issuer-pending", nextAttempt });
  return nextAttempt;
}

/** Puts a candidate in place, and runs its hooks and probes. */
async function place(
  rotation: Rotation,
  candidate: LoadedPair,
  rules: PlacingRules & Pick<RenewOptions, "settle">,
): Promise<Partial<RotationResult>> {
  const placed = await placeCandidate(rotation, candidate, rules);
  const { certificate, replaced, warnings } = placed;
  if (placed.as === "pending") {
    tell(rotation, { event: "kept-pending", certificate });
    const nextAttempt = certificate.notBefore;
    return { outcome: "waiting", waitsFor: "validity", nextAttempt, warnings };
  }
  tell(rotation, { event: "swapped", certificate, replaced });
  return await payForSwap(rotation, placed, rules);
}

/** Tells the service about the pair that has just become active. */
async function payForSwap(
  rotation: Rotation,
  { certificate, debt, warnings }: Placed,
  configuration: PlacingRules & Pick<RenewOptions, "settle">,
): Promise<Partial<RotationResult>> {
  if (debt === undefined) {
    tell(rotation, { event: "done" });
    return { outcome: "rotated", certificate, warnings };
  }
  const { owed, errors, restored, ...settled } = await configuration.settle({
    rotation,
    configuration,
    debt,
  });
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
 * Records a failure and the time of the next attempt. If the issuer was asked, that time is already
 * recorded. If not, the failure still counts as an attempt; otherwise the next run would fail in the same
 * way an hour later. A time that the issuer has named takes precedence.
 */
async function fail(
  rotation: Rotation,
  error: unknown,
  { attempt, ...rules }: WaitRules & { readonly attempt: Attempt },
): Promise<Partial<RotationResult>> {
  const { system, pair } = rotation;
  const isInterrupted = error instanceof InterruptedError;
  const now = system.clock.now();
  const retryAfter = error instanceof IssuerFailedError || error instanceof EstFailedError
    ? error.retryAfter
    : undefined;
  const nextAttempt = await orUndefined(async () => {
    const { state } = await readState(system, pair);
    // If the state of the disk is unknown, nothing is written: recovery or a person has to decide.
    if (!isInterrupted && !(error instanceof OutcomeUnknownError)) {
      const wait = await waitAfter(rules, { state, now });
      await writeDown(rotation, (state) => {
        const begun = attempt.isCounted ? state : withAttempt(state, now, wait);
        const failed = failingIn(rotation)(begun, now, failureOf(rotation, error));
        return retryAfter === undefined ? failed : withRetryAfter(failed, now, retryAfter);
      });
      rotation.row.isCounted = true;
    }
    return (await readState(system, pair)).state.renewal?.nextAttempt;
  });
  tell(rotation, { event: "failed", error, nextAttempt });
  return { outcome: "failed", errors: [error], nextAttempt, isInterrupted };
}

/** An error of recording a failure is not reported: it usually has the same cause as the failure. */
async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
