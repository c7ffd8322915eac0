/** Cross-checks the certificates with the root and the index. */
import { attempt, sha256Hex } from "../../system/mod.ts";
import {
  type Certificate,
  compareSerials,
  formatSerial,
  isRevocationReason,
  readCertificate,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { describe } from "../identity/mod.ts";
import type { ExpectedCertificate } from "../history/mod.ts";
import { isIssuedBy, mapConcurrently, ownSerial, type Root } from "../issue/mod.ts";
import {
  type CertificateDetails,
  type CertificateRecord,
  type CopiedField,
  copiedFieldsOf,
  type DetailsCorrection,
  type DetailsPatch,
  type Finding,
  type InspectedCertificate,
  orBadFile,
  recordOf,
  type Revoke,
  type StoreContents,
  type StoreReader,
} from "../store/mod.ts";

/** What to check the certificates against. */
interface CertificateMaterial {
  readonly root: Root;
  readonly contents: StoreContents;
  /** Whether the chain of the history is intact. */
  readonly isTold: boolean;
  /** Whether it is certain which certificates are revoked. */
  readonly isRevocationKnown: boolean;
}

/** What the history says about the certificates of a page, by serial number. */
type Expectations = ReadonlyMap<string, ExpectedCertificate>;

/** Checks every stored certificate against the root and its index entry, page by page. */
export class CertificateExaminer {
  readonly #store: StoreReader;
  readonly #material: CertificateMaterial;
  readonly #findings: Finding[] = [];
  readonly #missing: Finding[] = [];
  readonly #lost: string[] = [];
  readonly #undescribed: DetailsCorrection[] = [];
  readonly #unknownDetails: string[] = [];

  constructor(store: StoreReader, material: CertificateMaterial) {
    this.#store = store;
    this.#material = material;
  }

  /** Checks the certificates of one page. @param onDone called with the number done so far. */
  async add(
    page: readonly InspectedCertificate[],
    expectations: Expectations,
    onDone?: (done: number) => void,
  ): Promise<void> {
    const successors = await this.#successorsOf(page);
    const found = await mapConcurrently(
      page,
      (one) => this.#examine(one, { expected: expectations.get(one.serial), successors }),
      onDone,
    );
    this.#findings.push(...found.flat());
  }

  /** What was found on all pages. */
  get findings(): readonly Finding[] {
    const { strays } = this.#material.contents;
    const [lost, unknown] = [this.#lost, this.#unknownDetails];
    return [
      ...this.#findings,
      ...this.#missing,
      ...(lost.length === 0 ? [] : [{ code: "lost-certificates", serials: lost } as const]),
      ...strays.map((name): Finding => ({ code: "stray-file", name })),
      ...describeMissing(this.#undescribed),
      ...(unknown.length === 0 ? [] : [{ code: "unknown-details", serials: unknown } as const]),
    ];
  }

  async #examine(
    inspected: InspectedCertificate,
    { expected, successors }: {
      readonly expected: ExpectedCertificate | undefined;
      readonly successors: ReadonlySet<string>;
    },
  ): Promise<readonly Finding[]> {
    const { serial, record, details: stored, isKept } = inspected;
    const { contents, ...material } = this.#material;
    if (!isKept) {
      this.#addAbsent(inspected, expected);
      return [];
    }
    const findings: Finding[] = [];
    const name = this.#store.nameOf({ certificate: serial }).inStore;
    await orBadFile({ findings, name }, async () => {
      const bytes = inspected.der ?? await this.#store.certificate(serial);
      const isDer = inspected.der !== undefined;
      const read = attempt(() => isDer ? readCertificate(bytes) : readSingleCertificateFile(bytes));
      const context = { ...material, serial, name, record, expected };
      const { finding, certificate } = await examineCertificate(read, context);
      if (certificate !== undefined && await isAnother(certificate, expected)) {
        findings.push({ code: "history-certificate", serial });
      }
      if (finding !== undefined) findings.push(finding);
      if (certificate === undefined || contents.unreadable.has("details")) return;
      const correct = await describe(certificate);
      if (stored === undefined) this.#undescribed.push({ serial, details: correct });
      else findings.push(...examineDetails(serial, { stored, correct, successors }));
    });
    return findings;
  }

  /** A record without a certificate: it is missing, or was lost before the CA came here. */
  #addAbsent(
    { serial, record, details }: InspectedCertificate,
    expected: ExpectedCertificate | undefined,
  ): void {
    if (record === undefined) this.#unknownDetails.push(serial);
    // One that the history knows was here once.
    else if (details?.isLost === true && expected?.certificate === undefined) {
      this.#lost.push(serial);
    } else this.#missing.push({ code: "missing-file", serial });
  }

  /** Those of the certificates that replace ones of this page which the index has. */
  async #successorsOf(page: readonly InspectedCertificate[]): Promise<ReadonlySet<string>> {
    const wanted = new Set(page.flatMap(({ details }) => details?.supersededBy ?? []));
    const found = await this.#material.contents.find(wanted);
    return new Set(
      [...found].filter(([, { record }]) => record !== undefined).map(([serial]) => serial),
    );
  }
}

/** A certificate and what to check it against. */
interface CertificateContext {
  readonly root: Root;
  /** The serial number in the name of its file. */
  readonly serial: string;
  readonly name: string;
  readonly record: CertificateRecord | undefined;
  readonly expected: ExpectedCertificate | undefined;
  readonly isTold: boolean;
  readonly isRevocationKnown: boolean;
}

/** Whether a certificate is not the one that the history knows. */
async function isAnother(
  { der }: Certificate,
  expected: ExpectedCertificate | undefined,
): Promise<boolean> {
  return expected?.certificate !== undefined && await sha256Hex(der) !== expected.certificate;
}

/** What is wrong with a certificate, and the certificate if it is this CA's. */
interface ExaminedCertificate {
  readonly finding: Finding | undefined;
  readonly certificate: Certificate | undefined;
}

async function examineCertificate(
  certificate: Certificate | undefined,
  { root, serial, name, record, expected, isTold, isRevocationKnown }: CertificateContext,
): Promise<ExaminedCertificate> {
  const foreign = (
    reason: Extract<Finding, { code: "foreign-file" }>["reason"],
  ): ExaminedCertificate => ({
    finding: { code: "foreign-file", name, reason },
    certificate: undefined,
  });
  if (certificate === undefined) return foreign("not-a-certificate");
  const reason = await reasonForForeign(certificate, { serial, root });
  if (reason !== undefined) return foreign(reason);
  if (record === undefined) {
    const patch = recordOf(certificate, revocationIn(expected));
    const isMendable = isRevocationKnown || (isTold && expected !== undefined);
    return {
      finding: { code: "missing-entry", serial, patch, isMendable },
      certificate,
    };
  }
  const copied = copiedFieldsOf(certificate);
  const fields = copiedFields.filter((field) => record[field] !== copied[field]);
  const finding = fields.length > 0
    ? { code: "wrong-entry", serial, fields, patch: copied } as const
    : undefined;
  return { finding, certificate };
}

/** The revocation of a certificate according to the history. */
function revocationIn(expected: ExpectedCertificate | undefined): Revoke | undefined {
  if (expected?.revocation === undefined) return undefined;
  const { revokedAt, reason } = expected.revocation;
  return { at: new Date(revokedAt), reason: isRevocationReason(reason) ? reason : "unspecified" };
}

interface DetailsMaterial {
  readonly stored: CertificateDetails;
  /** What the certificate says. */
  readonly correct: Pick<CertificateDetails, "names" | "key">;
  /** The certificates in the index that replace others. */
  readonly successors: ReadonlySet<string>;
}

/** Compares details with their certificate. */
function examineDetails(
  serial: string,
  { stored, correct: { names, key }, successors }: DetailsMaterial,
): readonly Finding[] {
  const { supersededBy: next } = stored;
  const hasNext = next === undefined || successors.has(next);
  const wrong: DetailsPatch = {
    ...(stored.names?.join() === names?.join() ? {} : { names }),
    ...(stored.key === key ? {} : { key }),
    ...(hasNext ? {} : { supersededBy: null }),
    // It was found since.
    ...(stored.isLost === true ? { isLost: null } : {}),
  };
  const fields = Object.keys(wrong) as (keyof CertificateDetails)[];
  if (fields.length === 0) return [];
  return [{
    code: "wrong-details",
    serial,
    fields,
    corrections: [{ serial, details: wrong }],
  }];
}

/** Reports certificates without details. Older versions record none. */
function describeMissing(undescribed: readonly DetailsCorrection[]): readonly Finding[] {
  if (undescribed.length === 0) return [];
  const corrections = undescribed.toSorted((a, b) => compareSerials(a.serial, b.serial));
  const serials = corrections.map(({ serial }) => serial);
  return [{ code: "missing-details", serials, corrections }];
}

/** Why a certificate was not issued by this CA with this serial number. */
async function reasonForForeign(
  certificate: Certificate,
  { serial, root }: { readonly serial: string; readonly root: Root },
): Promise<"not-signed" | "other-serial" | "serial-of-root" | undefined> {
  const isOurs = await isIssuedBy(root, certificate);
  if (!isOurs) return "not-signed";
  if (formatSerial(certificate.serial) !== serial) return "other-serial";
  return certificate.serial === ownSerial(root) ? "serial-of-root" : undefined;
}

const copiedFields: readonly CopiedField[] = ["subject", "notBefore", "notAfter"];
