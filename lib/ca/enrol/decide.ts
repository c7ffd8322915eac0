/** `ca requests`, `ca approve` and `ca reject`: what waits for a person, and what the person decides. */
import { formatTime, type System } from "../../system/mod.ts";
import { readRequest, webCryptoKeys } from "../../x509/mod.ts";
import { type CaOptions, findCa } from "../ca.ts";
import { checkRequest, currentSecond } from "../issue/mod.ts";
import { askEarly } from "../key/mod.ts";
import { readSettings } from "../settings/mod.ts";
import { type CaLocation, openStore, requesterOf, type StoreReader } from "../store/mod.ts";
import { findIssuingCa, type IssuingCa, requireIssuing, withIssuingCa } from "../succession/mod.ts";
import { enrol } from "./enrol.ts";
import { RequestDecidedError, UnknownRequestError } from "./errors.ts";
import { KeptEnrolments } from "./kept.ts";
import { waitingFromText, type WaitingRequest } from "./waiting.ts";

/** Options of `ca approve` and `ca reject`. */
export interface DecideOptions extends CaOptions {
  /** The id of the request, or its first digits: at least 8. */
  readonly id: string;
}

/** The requests that wait, oldest first, and those that were decided in the last days. */
export async function listRequests(
  system: System,
  location: CaLocation,
): Promise<readonly WaitingRequest[]> {
  const issuing = await findIssuingCa(system, location);
  const requests = await readRequests(await findCa(system, issuing));
  return requests.toSorted((a, b) =>
    a.received < b.received ? -1 : a.received > b.received ? 1 : 0
  );
}

async function readRequests(store: StoreReader): Promise<readonly WaitingRequest[]> {
  return [...await store.enrolments("request")].map(([id, text]) => waitingFromText(id, text));
}

/** @throws UnknownRequestError, RequestDecidedError */
async function findUndecided(kept: KeptEnrolments, written: string): Promise<WaitingRequest> {
  const wanted = written.toLowerCase();
  const isId = /^[0-9a-f]{8,64}$/.test(wanted);
  const [found, ...others] = await kept.requestsOf(wanted);
  if (!isId || found === undefined || others.length > 0) throw new UnknownRequestError(written);
  if (found.decision !== undefined) throw new RequestDecidedError(found.id, found.decision.is);
  return found;
}

/** The certificate of an approved request. */
export interface Approved {
  readonly id: string;
  readonly serial: string;
  readonly subject: string;
}

/**
 * Approves a request: it is judged again, and its certificate issued, in one change.
 *
 * @throws UnknownRequestError, RequestDecidedError, EnrolmentRefusedError, and the errors of the request.
 */
export async function approve(system: System, options: DecideOptions): Promise<Approved> {
  return await withIssuingCa(
    system,
    options,
    (issuing) => approveWith(system, { ...options, dataDirectory: issuing.dataDirectory }, issuing),
  );
}

async function approveWith(
  system: System,
  options: DecideOptions,
  issuing: IssuingCa,
): Promise<Approved> {
  const settings = await readSettings(system, options);
  const store = await openStore(system, options);
  const passphrase = await askEarly(store, options);
  const { value } = await store.change({
    lockTimeout: options.lockTimeout,
    async work(change) {
      await requireIssuing(system, change, issuing);
      const kept = new KeptEnrolments(change);
      const { id, request, profile, client, subject } = await findUndecided(kept, options.id);
      const der = Uint8Array.fromBase64(request);
      const checked = await checkRequest(readRequest(der), `request ${id.slice(0, 16)}`);
      const proof = { by: "approval", id, approver: requesterOf(system) } as const;
      const [result] = await enrol(change, [{ checked, der, hash: id, profile, proof, client }], {
        settings,
        random: system.random,
        keys: options.keys ?? webCryptoKeys,
        passphrase,
        now: currentSecond(system),
        kept,
      });
      if (result?.is === "refused") throw result.error;
      if (result?.is !== "issued") throw new TypeError("an approved request was not issued");
      return { id, serial: result.serial, subject };
    },
  });
  return value;
}

/**
 * Rejects a request.
 *
 * @throws UnknownRequestError, RequestDecidedError
 */
export async function reject(
  system: System,
  options: DecideOptions,
): Promise<{ readonly id: string; readonly subject: string }> {
  const store = await openStore(system, await findIssuingCa(system, options));
  const { value } = await store.change({
    lockTimeout: options.lockTimeout,
    async work(change) {
      const kept = new KeptEnrolments(change);
      const waiting = await findUndecided(kept, options.id);
      const at = formatTime(currentSecond(system));
      const decision = { is: "rejected", at, by: requesterOf(system) } as const;
      await kept.keepRequest({ ...waiting, decision });
      change.note({ kind: "deny", request: waiting.id });
      return { id: waiting.id, subject: waiting.subject };
    },
  });
  return value;
}
