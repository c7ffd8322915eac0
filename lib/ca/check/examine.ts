/** Cross-checks everything that a CA stores: root, key, index, certificates, CRL and counters. */
import { CertswapError } from "../../system/mod.ts";
import { highestSerial, isValidAt, type KeySource } from "../../x509/mod.ts";
import {
  type NumberedCrl,
  placeOf,
  proveKey,
  readLastCrl,
  readRoot,
  type Root,
  usualValidity,
} from "../issue/mod.ts";
import { type AskPassphrase, NoPassphraseError, WrongPassphraseError } from "../key/mod.ts";
import type { CaSettings } from "../settings/mod.ts";
import { type Finding, orBadFile, type StoreInspection, type StoreReader } from "../store/mod.ts";
import { examineCopies, examineShards } from "./examine_copies.ts";
import { examineCrlNumber, examineSerial } from "./examine_counters.ts";
import { examineHistory, readHistory, withoutContradicted } from "./examine_history.ts";
import { examineHierarchy } from "./examine_hierarchy.ts";
import { examineField, type Field, type FieldFindings, ownCrlOf } from "./field.ts";
import { survey } from "./survey.ts";

/** Options of {@linkcode examine}. */
interface ExamineOptions {
  /** Reads the settings of the CA. */
  readonly settings: () => Promise<CaSettings>;
  readonly now: Date;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** What was seen elsewhere. */
  readonly field?: Field | undefined;
}

/** Reads a complete store and returns everything that is wrong or worth knowing. */
export async function examine(store: StoreReader, options: ExamineOptions): Promise<Finding[]> {
  const { now, keys, passphrase, onProgress } = options;
  const inspection = await store.inspect();
  const findings: Finding[] = [...await inspection.keeping()];
  const nameOf = (part: Parameters<StoreReader["nameOf"]>[0]): string => store.nameOf(part).inStore;
  const readPart = <T>(name: string, read: () => Promise<T>): Promise<T | undefined> =>
    orBadFile({ findings, name }, read);
  const add = (found: readonly (Finding | undefined)[]): void => {
    for (const finding of found) if (finding !== undefined) findings.push(finding);
  };

  const settings = await readPart("ca.toml", options.settings);
  const isRandom = settings?.serial === "random";
  const field = fieldOf(options, isRandom);
  const root = await readPart(nameOf("root"), () => readRoot(store));
  if (root !== undefined) {
    if (await inspection.hasKey()) add([await examineKey({ store, keys, passphrase }, root)]);
    else findings.push({ code: "no-key" });
  }
  if (root !== undefined) add(await examineHierarchy(store, { root, now, findings }));
  const contents = await readPart(nameOf("index"), () => inspection.contents());
  const hasIndex = contents?.unreadable.has("index") === false;
  for (const [part, error] of contents?.unreadable ?? []) {
    findings.push({ code: "bad-file", name: nameOf(part), error });
  }
  const crl = root && await readPart(nameOf("crl"), () => readLastCrl(store, root));
  const known = hasIndex ? contents : undefined;
  const history = await readPart(nameOf("history"), () => readHistory(store, known));
  const fieldCrl = root && field && await ownCrlOf(field, root);
  const newerCrl = fieldCrl && isNewer(fieldCrl.crl, crl) ? fieldCrl.crl : undefined;
  const surveyed = contents && await readPart(
    nameOf("index"),
    async () =>
      survey(store, {
        contents,
        root,
        now,
        crls: hasIndex ? [crl, newerCrl].filter((one) => one !== undefined) : [],
        hasHistory: history !== undefined,
        // A history that was changed tells no more what is certain.
        isTold: history?.broken.length === 0,
        isRevocationKnown: crl !== undefined || await hasNeverHadCrl(inspection),
        onProgress,
      }),
  );
  if (root !== undefined) {
    add([examineExpiry(root, { longest: surveyed?.longestValidity ?? usualValidity, now })]);
  }
  add(surveyed?.findings ?? []);
  let seen: FieldFindings["seen"] = [];
  if (root && field && surveyed && known && !known.unreadable.has("certificates")) {
    const { recorded, kept } = surveyed.highest;
    const highest = highestSerial([recorded, kept].filter((serial) => serial !== undefined));
    const crls = [crl, fieldCrl?.crl].filter((one) => one !== undefined);
    const compared = await examineField(field, { store, root, contents: known, highest, crls });
    add(compared.findings);
    seen = compared.seen;
  }
  if (surveyed && known) {
    // A certificate without an index entry may be listed in the CRL.
    const lost = findings.flatMap((finding) =>
      finding.code === "missing-entry" || finding.code === "unknown-certificate"
        ? [finding.patch]
        : []
    );
    const others = new Set(lost.map(({ serial }) => serial));
    for (const [index, listing] of surveyed.listings.entries()) {
      lost.forEach((record) => listing.add(record));
      add(await listing.listings(known, others));
      if (index === 0 && crl !== undefined) add(listing.others(now));
    }
  }
  if (isRandom && options.field?.highestSerial !== undefined) add([{ code: "random-serials" }]);
  const hasCrl = await inspection.hasCrl();
  if (!hasCrl) add([{ code: "no-crl" }]);
  const hasFailed = crl === undefined && hasCrl;
  if (root && !hasFailed) {
    const isPublished = settings?.crl.publish !== undefined;
    await readPart(
      nameOf("derCrl"),
      async () => add(await examineCopies(store, { root, crl, isPublished })),
    );
    await readPart(
      nameOf("shards"),
      async () => add(await examineShards(store, { root, crl })),
    );
  }
  if (history) {
    const material = { history, root, records: surveyed?.records, crl, findings };
    add(await examineHistory(store, material));
  }
  const numbers = { store, inspection };
  const { summary } = history ?? {};
  // Random numbers do not come from the counter. It is left alone.
  const isCounted = settings?.serial === "sequential";
  const inUse = { root, contents, highest: surveyed?.highest, summary, seen };
  add([
    isCounted ? await readPart(nameOf("serial"), () => examineSerial(numbers, inUse)) : undefined,
    await readPart(
      nameOf("crlNumber"),
      () => examineCrlNumber(numbers, { crl, summary, fieldCrl }),
    ),
  ]);
  return withoutContradicted(findings);
}

/** What was seen elsewhere. The highest of random serial numbers says nothing. */
function fieldOf({ field }: ExamineOptions, isRandom: boolean): Field | undefined {
  return field && isRandom ? { ...field, highestSerial: undefined } : field;
}

function isNewer(fieldCrl: NumberedCrl, crl: NumberedCrl | undefined): boolean {
  return crl === undefined || fieldCrl.number > crl.number;
}

/**
 * Whether no CRL was ever issued. A CRL that is lost or unreadable may have listed any certificate. One
 * without an index entry must not become active because of that.
 */
async function hasNeverHadCrl(inspection: StoreInspection): Promise<boolean> {
  if (await inspection.hasCrl()) return false;
  try {
    return await inspection.nextCrlNumber() === 1n;
  } catch (error) {
    // Reported when the counter itself is checked.
    if (error instanceof CertswapError) return false;
    throw error;
  }
}

/**
 * Reports a key that is not the root's, or that cannot be checked without its passphrase.
 *
 * @throws WrongPassphraseError
 */
async function examineKey(
  place: Parameters<typeof proveKey>[0],
  root: Root,
): Promise<Finding | undefined> {
  const name = place.store.nameOf("key").inStore;
  try {
    await proveKey(place, root);
    return undefined;
  } catch (error) {
    if (error instanceof NoPassphraseError) return { code: "key-not-checked", name };
    const isFinding = error instanceof CertswapError && !(error instanceof WrongPassphraseError);
    if (!isFinding) throw error;
    return { code: "bad-file", name, error };
  }
}

/** Reports a root that is not yet valid, has expired, or that expires before new certificates would. */
function examineExpiry(
  root: Root,
  { longest, now }: { readonly longest: number; readonly now: Date },
): Finding | undefined {
  const { certificate } = root;
  const { notBefore, notAfter } = certificate;
  const place = placeOf(root);
  if (now < notBefore) return { code: "root-not-yet-valid", notBefore, now };
  if (!isValidAt(certificate, now)) return { code: "root-expired", notAfter, place };
  const left = notAfter.getTime() - now.getTime();
  return left < longest ? { code: "root-expires", notAfter, place, left, longest } : undefined;
}
