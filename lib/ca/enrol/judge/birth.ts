/** Judges applications of devices that show the certificate of their manufacturer. */
import { formatTime, sha256Hex } from "../../../system/mod.ts";
import { formatName } from "../../../x509/mod.ts";
import { keyHashOf } from "../../identity/mod.ts";
import type { CertificateRecord, StoreReader } from "../../store/mod.ts";
import type { Application, Proof } from "../application.ts";
import { requireBirthNames } from "../birth/mod.ts";
import { EnrolmentRefusedError } from "../errors.ts";
import {
  type JudgingContext,
  type Known,
  type Plan,
  planned,
  requireSameProfile,
  sameNamesOf,
} from "./plan.ts";

/** The most identities of one device. */
const identityLimit = 16;

/** Judges an application. @throws EnrolmentRefusedError, or the error of the request itself. */
export async function judgeBirth(
  context: JudgingContext,
  application: Application,
  proof: Extract<Proof, { readonly by: "birth" }>,
): Promise<Plan | Known> {
  const { change, kept, now, settings } = context;
  const { certificate, id } = proof;
  const { serialNumber: of } = certificate;
  const manufacturer = settings.manufacturers.find(({ name }) => name === proof.manufacturer);
  if (manufacturer === undefined) throw new EnrolmentRefusedError("no-proof", of);
  const { name, profile, names: templates, identities } = manufacturer;
  requireSameProfile(application, profile, of);
  const { request } = application.checked;
  requireBirthNames(request, { certificate, templates });

  const today = formatTime(now);
  const isActive = ({ status, notAfter }: CertificateRecord): boolean =>
    status === "active" && notAfter >= today;
  const requestedBy = `EST bootstrap certificate ${of} of ${name}`;
  const sameNames = sameNamesOf(context, application);
  const own = new Set<string>();
  const others: string[] = [];
  for (const serial of (await kept.birth(id))?.serials ?? []) {
    const newest = await newestAfter(change, serial, own);
    if (newest === undefined) continue;
    if (isBlocked(newest)) throw new EnrolmentRefusedError("birth-blocked", of);
    const same = sameNames.find(({ record }) => record.serial === newest.serial);
    if (same === undefined) {
      if (isActive(newest)) others.push(newest.serial);
    } else if (isActive(newest) && same.key === await keyHashOf(request)) {
      return { is: "known", serial: newest.serial, requestedBy, wasExpired: false };
    }
  }
  const last = sameNames.at(-1);
  if (last !== undefined && isBlocked(last.record)) {
    throw new EnrolmentRefusedError("birth-blocked", of);
  }
  const isTaken = sameNames.some(({ record, details }) =>
    isActive(record) && details?.supersededBy === undefined && !own.has(record.serial)
  );
  if (isTaken) throw new EnrolmentRefusedError("birth-taken", of);
  if (others.length >= (identities === "one" ? 1 : identityLimit)) {
    throw new EnrolmentRefusedError("birth-second", of);
  }
  return await planned(context, application, {
    profile,
    requestedBy,
    async onIssued(serial) {
      const serials = [...others, serial];
      await kept.keepBirth({ id, manufacturer: name, certificate: of, serials });
      change.note({
        kind: "birth",
        serial,
        subject: formatName(certificate.subject),
        certificate: await sha256Hex(certificate.der),
        name,
      });
    },
  });
}

/** Whether a person has ended an identity: what a bootstrap certificate may not begin again. */
function isBlocked({ status, revocationReason }: CertificateRecord): boolean {
  return status === "revoked" && revocationReason !== "superseded";
}

/**
 * The newest certificate that has superseded this one, one after the other.
 *
 * @param seen gets all their serial numbers.
 */
async function newestAfter(
  store: StoreReader,
  serial: string,
  seen: Set<string>,
): Promise<CertificateRecord | undefined> {
  let next: string | undefined = serial;
  let newest = serial;
  while (next !== undefined && !seen.has(next)) {
    newest = next;
    seen.add(next);
    next = (await store.details(next))?.supersededBy;
  }
  return await store.find(newest);
}
