/** Judges applications: who asks, and whether they may have what they ask for. */
import { formatTime } from "../../../system/mod.ts";
import {
  type Certificate,
  certificatesEqual,
  commonNamesOf,
  formatGeneralName,
  formatName,
  mayNameService,
} from "../../../x509/mod.ts";
import { keyHashOf, namesOf } from "../../identity/mod.ts";
import { profileNamed } from "../../settings/mod.ts";
import { readStoredCertificate } from "../../store/mod.ts";
import type { Application, EnrolmentResult, Proof } from "../application.ts";
import { EnrolmentRefusedError } from "../errors.ts";
import { identityText } from "../same_names.ts";
import { idOfSecret, isSecretOf } from "../token.ts";
import type { WaitingRequest } from "../waiting.ts";
import { judgeBirth } from "./birth.ts";
import {
  type JudgingContext,
  type Known,
  type Plan,
  planned,
  requireSameProfile,
  sameNamesOf,
} from "./plan.ts";

/** The most requests that wait, in all and of one address, and the longest, in bytes of DER. */
const waitingLimits = { all: 1000, ofClient: 10, bytes: 8 * 1024 } as const;

/** The result of judging an application. */
export type Judgement = Plan | Known | Extract<EnrolmentResult, { readonly is: "waiting" }>;

/**
 * Judges an application.
 *
 * @throws EnrolmentRefusedError, or the error of the request itself.
 */
export async function judge(
  context: JudgingContext,
  application: Application,
): Promise<Judgement> {
  const { proof } = application;
  switch (proof.by) {
    case "token":
      return await judgeToken(context, application, proof);
    case "certificate":
      return await judgeCertificate(context, application, proof);
    case "predecessor":
      return await judgePredecessor(context, application, proof);
    case "birth":
      return await judgeBirth(context, application, proof);
    case "approval":
      return await judgeApproval(context, application, proof);
    case "hand":
      return await judgeByHand(context, application);
  }
}

type ProofBy<By extends Proof["by"]> = Extract<Proof, { readonly by: By }>;

async function judgeToken(
  context: JudgingContext,
  application: Application,
  { secret }: ProofBy<"token">,
): Promise<Judgement> {
  const { kept, now } = context;
  const id = idOfSecret(secret);
  const token = id === undefined ? undefined : await kept.token(id);
  if (id === undefined || token === undefined) throw new EnrolmentRefusedError("secret-unknown");
  if (!await isSecretOf(secret, token)) throw new EnrolmentRefusedError("secret-unknown", id);
  if (token.expires < formatTime(now)) throw new EnrolmentRefusedError("secret-expired", id);
  requireSameProfile(application, token.profile, id);
  const { request } = application.checked;
  requireNames(application, token.names, id);
  const requestedBy = `EST token ${id}`;
  const key = await keyHashOf(request);
  if (token.use !== undefined) {
    if (token.use.key !== key) throw new EnrolmentRefusedError("secret-used", id);
    const { serial } = token.use;
    const issued = sameNamesOf(context, application).find(({ record }) => record.serial === serial);
    if (issued === undefined) throw new EnrolmentRefusedError("secret-names", id);
    if (issued.record.status === "revoked") throw new EnrolmentRefusedError("secret-used", id);
    return { is: "known", serial, requestedBy, wasExpired: false };
  }
  return await planned(context, application, {
    profile: token.profile,
    requestedBy,
    onIssued: async (serial) => {
      const use = { key, serial, at: formatTime(now) };
      await kept.keepToken({ ...token, use });
    },
  });
}

/** Every name in the request must be one that the secret is for. */
function requireNames(
  { checked: { request } }: Application,
  names: readonly string[] | undefined,
  id: string,
): void {
  if (names === undefined) return;
  const allowed = new Set(names);
  const values = new Set(names.map((name) => name.slice(name.indexOf(":") + 1)));
  const hasDnsName = request.subjectAltName.some(({ kind }) => kind === "dns");
  const isAllowed = request.subjectAltName.every((name) => allowed.has(formatGeneralName(name))) &&
    commonNamesOf(request.subject).every((text) =>
      values.has(text) || !mayNameService(text, { hasDnsName })
    );
  if (!isAllowed) throw new EnrolmentRefusedError("secret-names", id);
}

async function judgeCertificate(
  context: JudgingContext,
  application: Application,
  { certificate }: ProofBy<"certificate">,
): Promise<Judgement> {
  const { change } = context;
  const { serialNumber: serial } = certificate;
  const { request } = application.checked;
  const record = certificate.version === 3 ? await change.find(serial) : undefined;
  const isOurs = record !== undefined &&
    certificatesEqual(await readStoredCertificate(change, serial), certificate);
  if (!isOurs) throw new EnrolmentRefusedError("certificate-foreign", serial);
  // First of all: nothing else may give a revoked certificate anything.
  if (record.status === "revoked") throw new EnrolmentRefusedError("certificate-revoked", serial);
  const wasExpired = requireRenewable(certificate, context, application);
  const requestedBy = `EST ${wasExpired ? "expired " : ""}certificate ${serial}`;
  const newest = sameNamesOf(context, application).at(-1);
  const details = await change.details(serial);
  if (newest?.record.serial !== serial || details?.supersededBy !== undefined) {
    // The answer to the same request may have been lost: only the certificate that came directly after.
    const isAnswer = newest !== undefined && details?.supersededBy === newest.record.serial &&
      newest.record.status === "active" && newest.key === await keyHashOf(request);
    if (!isAnswer) throw new EnrolmentRefusedError("certificate-superseded", serial);
    return { is: "known", serial: newest.record.serial, requestedBy, wasExpired };
  }
  if (wasExpired) requireGrace(certificate, context);
  const profile = details?.profile;
  // Not the profile of the path: a renewal changes nothing but the key and the dates.
  if (profile !== undefined) requireSameProfile(application, profile, serial);
  return await planned(context, application, { profile, requestedBy, wasExpired });
}

/**
 * A certificate of the CA that this one replaces gets one certificate here, for the same names and profile:
 * the next renewal is with that one.
 */
async function judgePredecessor(
  context: JudgingContext,
  application: Application,
  { certificate, profile: former }: ProofBy<"predecessor">,
): Promise<Judgement> {
  const { serialNumber: serial } = certificate;
  const wasExpired = requireRenewable(certificate, context, application);
  const requestedBy = `EST certificate ${serial} of the predecessor`;
  const newest = sameNamesOf(context, application).at(-1);
  // An older one was replaced by the presented one: this CA issues again after `ca rollover switch --back`.
  if (newest !== undefined && newest.record.notBefore >= formatTime(certificate.notBefore)) {
    // The response to the same request may have been lost.
    const isAnswer = newest.record.status === "active" &&
      newest.details?.requestedBy === requestedBy &&
      newest.key === await keyHashOf(application.checked.request);
    if (!isAnswer) throw new EnrolmentRefusedError("certificate-superseded", serial);
    return { is: "known", serial: newest.record.serial, requestedBy, wasExpired };
  }
  if (wasExpired) requireGrace(certificate, context);
  if (former !== undefined) requireSameProfile(application, former, serial);
  return await planned(context, application, { profile: former, requestedBy, wasExpired });
}

/**
 * Checks the names and the start of a certificate that is to be renewed.
 *
 * @returns whether it has expired.
 * @throws EnrolmentRefusedError
 */
function requireRenewable(
  certificate: Certificate,
  { now }: JudgingContext,
  { checked: { request } }: Application,
): boolean {
  const { serialNumber: serial } = certificate;
  if (identityText(certificate) !== identityText(request)) {
    throw new EnrolmentRefusedError("other-names", serial);
  }
  if (now < certificate.notBefore) {
    throw new EnrolmentRefusedError("certificate-not-yet-valid", serial);
  }
  return now.getTime() >= certificate.notAfter.getTime() + 1000;
}

/** Checks that an expired certificate may still be renewed. @throws EnrolmentRefusedError */
function requireGrace(
  { notAfter, serialNumber }: Certificate,
  { now, settings: { est } }: JudgingContext,
): void {
  if (now.getTime() > notAfter.getTime() + est.expiredGrace) {
    throw new EnrolmentRefusedError("certificate-expired", serialNumber);
  }
}

async function judgeByHand(
  context: JudgingContext,
  application: Application,
): Promise<Judgement> {
  const { change, kept, now, settings } = context;
  if (!settings.est.byHand) throw new EnrolmentRefusedError("no-proof");
  const { hash: id, der, client, checked: { request } } = application;
  const waiting = await kept.requests(now);
  const known = waiting.find((one) => one.id === id);
  if (known !== undefined) {
    if (known.decision === undefined) return { is: "waiting", id, isNew: false };
    if (known.decision.serial === undefined) throw new EnrolmentRefusedError("rejected", id);
    const { serial, by } = known.decision;
    const record = await change.find(serial);
    if (record?.status !== "active") throw new EnrolmentRefusedError("certificate-revoked", serial);
    return { is: "known", serial, requestedBy: approvedBy(id, by), wasExpired: false };
  }
  // Judged now, so that what would never be signed does not wait.
  await planned(context, application, { requestedBy: "", profile: undefined });
  if (der.length > waitingLimits.bytes) throw new EnrolmentRefusedError("too-large-to-wait");
  const undecided = waiting.filter(({ decision }) => decision === undefined);
  const ofClient = undecided.filter((one) => one.client === client);
  if (waiting.length >= waitingLimits.all || ofClient.length >= waitingLimits.ofClient) {
    throw new EnrolmentRefusedError("too-many-waiting");
  }
  const entry: WaitingRequest = {
    id,
    request: der.toBase64(),
    subject: formatName(request.subject),
    names: namesOf(request),
    profile: profileNamed(settings, application.profile).name,
    client,
    received: formatTime(now),
    decision: undefined,
  };
  await kept.keepRequest(entry);
  return { is: "waiting", id, isNew: true };
}

function approvedBy(id: string, approver: string): string {
  return `EST request ${id.slice(0, 16)}, approved by ${approver}`;
}

async function judgeApproval(
  context: JudgingContext,
  application: Application,
  { id, approver }: ProofBy<"approval">,
): Promise<Judgement> {
  const { change, kept, now } = context;
  const waiting = await kept.request(id);
  if (waiting === undefined) throw new EnrolmentRefusedError("no-proof", id);
  return await planned(context, application, {
    profile: waiting.profile,
    requestedBy: approvedBy(id, approver),
    onIssued: async (serial) => {
      const decision = { is: "approved", at: formatTime(now), by: approver, serial } as const;
      await kept.keepRequest({ ...waiting, decision });
      change.note({ kind: "approve", request: id, serial });
    },
  });
}
