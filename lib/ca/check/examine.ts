import {
  type FileSystem,
  formatTime,
  ifPresent,
  readFile,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import { isValidAt } from "../../x509/read/certificate.ts";
import type { KeySource } from "../../x509/key/signer.ts";
import { proveKey, readLastCrl, readRoot, type Root } from "../issue/authority.ts";
import { replacedFiles, requireNoLink } from "../ca.ts";
import {
  type CaPaths,
  type DataDirectory,
  serialOfFileName,
} from "../store/directory/data_directory.ts";
import { examineCertificates } from "./examine_certificates.ts";
import { type Finding, orBadFile } from "./finding.ts";
import { highest, readCertificateNames, readIndexOf } from "../store/directory/issued.ts";
import type { Crl, CrlEntry } from "../../x509/read/crl.ts";
import { counterLimit, parseCounter } from "../store/directory/counter.ts";
import type { IndexEntry } from "../store/directory/index_file.ts";
import { formatSerial, parseSerial } from "../../x509/serial.ts";

/** What to look at, and with what. */
export interface ExamineOptions {
  readonly directory: DataDirectory;
  readonly keys: KeySource;
  /** Is told how many of the certificates have been looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Reads a whole data directory and reports every promise of a CA that it breaks. */
export async function examine(system: System, options: ExamineOptions): Promise<Finding[]> {
  const { directory, keys, onProgress } = options;
  const { files, clock } = system;
  const { paths } = directory;
  const findings: Finding[] = examineModes(system, directory);
  const attempt = <T>(name: string, read: () => Promise<T> | T): Promise<T | undefined> =>
    orBadFile({ findings, name }, read);
  const add = (found: readonly (Finding | undefined)[]): void => {
    for (const finding of found) if (finding !== undefined) findings.push(finding);
  };

  for (const path of replacedFiles(paths)) {
    await attempt(nameIn(paths.directory, path), () => requireNoLink(files, path));
  }
  const root = await attempt("ca.crt", () => readRoot(files, paths));
  if (root !== undefined) {
    await attempt("ca.key", () => proveKey({ system, paths, keys }, root));
    add([examineExpiry(root, clock.now())]);
  }
  const index = await attempt("index.json", () => readIndexOf({ system, ...directory }));
  const entries = index?.entries;
  const names = await attempt("certs", () => readCertificateNames({ system, ...directory }));
  const crl = root && await attempt("ca.crl", () => readLastCrl(files, { paths, root }));
  if (root && entries && names) {
    add(await examineCertificates(files, { paths, root, entries, names, onProgress }));
  }
  if (crl && entries) {
    // A certificate that has lost its entry may be one that the CRL lists.
    const lost = findings.flatMap((finding) =>
      finding.code === "missing-entry" ? [finding.patch] : []
    );
    add(examineCrl(crl, { entries: [...entries, ...lost], now: clock.now() }));
  }
  if (statIfPresent(files, paths.crl) === undefined) add([{ code: "no-crl" }]);
  add([
    await attempt("serial", () => examineSerial(files, paths, { root, entries, names })),
    await attempt("crlnumber", () => examineCrlNumber(files, paths, crl)),
  ]);
  return findings;
}

/** Nobody else may read the key; nobody else may write anything. Of a link, its target counts. */
function examineModes({ files }: System, { paths, site }: DataDirectory): Finding[] {
  const { directory } = paths;
  return [...Object.values(paths), site.stateDirectory].flatMap((path): Finding[] => {
    const real = ifPresent(() => files.realPath(path));
    if (real === undefined) return [];
    const { mode } = files.stat(real);
    const wanted = mode & ~(path === paths.key ? 0o077 : 0o022);
    return mode === wanted
      ? []
      : [{ code: "open-mode", name: nameIn(directory, real), mode, wanted }];
  });
}

/** A path as findings name it: relative to the data directory where it is in that. */
function nameIn(directory: string, path: string): string {
  if (path === directory) return ".";
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}

function examineExpiry({ certificate }: Root, now: Date): Finding | undefined {
  const isExpired = now >= certificate.notBefore && !isValidAt(certificate, now);
  return isExpired ? { code: "root-expired", notAfter: certificate.notAfter } : undefined;
}

/** Where serial numbers are in use; `undefined` where it could not be read. */
export interface SerialsInUse {
  readonly root: Root | undefined;
  readonly entries: readonly IndexEntry[] | undefined;
  /** The names in `certs/`. */
  readonly names: readonly string[] | undefined;
}

/** Holds `serial` against every number in use. */
export function examineSerial(
  files: FileSystem,
  paths: CaPaths,
  { root, entries, names }: SerialsInUse,
): Finding | undefined {
  const serialsOfFiles = names?.map(serialOfFileName).filter((serial) => serial !== undefined);
  const places = [
    { usedIn: "index.json", used: highest(entries?.map(({ serial }) => serial) ?? []) },
    { usedIn: "certs/", used: highest(serialsOfFiles ?? []) },
    { usedIn: "ca.crt", used: root && formatSerial(root.certificate.serial) },
  ];
  // The number that is surely free is known only where all places were read that have numbers.
  const isSure = root !== undefined && entries !== undefined && names !== undefined;
  return examineCounter(files, { path: paths.serial, name: "serial", places, isSure });
}

/** Holds `crlnumber` against the last CRL; `undefined` where there is none that can be believed. */
export function examineCrlNumber(
  files: FileSystem,
  paths: CaPaths,
  crl: (Crl & { readonly number: bigint }) | undefined,
): Finding | undefined {
  const places = crl === undefined ? [] : [{ usedIn: "ca.crl", used: formatSerial(crl.number) }];
  const isSure = crl !== undefined;
  return examineCounter(files, { path: paths.crlNumber, name: "crlnumber", places, isSure });
}

interface CounterMaterial {
  readonly path: string;
  readonly name: string;
  readonly places: readonly { readonly usedIn: string; readonly used: string | undefined }[];
  readonly isSure: boolean;
}

function examineCounter(
  files: FileSystem,
  { path, name, places, isSure }: CounterMaterial,
): Finding | undefined {
  const used = highest(places.map((place) => place.used).filter((serial) => serial !== undefined));
  const next = (parseSerial(used ?? "") ?? 0n) + 1n;
  const file = ifPresent(() => readFile(files, path, counterLimit));
  const value = file && parseCounter(file.content);
  if (value === undefined) return { code: "bad-counter", name, next: isSure ? next : undefined };
  if (used === undefined || value >= next) return undefined;
  const usedIn = places.find((place) => place.used === used)?.usedIn ?? "";
  return { code: "counter-behind", name, value: formatSerial(value), used, usedIn, next };
}

/** Holds the last CRL against the index: it must list exactly what was revoked when it was made. */
export function examineCrl(
  crl: Crl,
  { entries, now }: { readonly entries: readonly IndexEntry[]; readonly now: Date },
): Finding[] {
  const findings: Finding[] = [];
  const listed = new Map(crl.entries.map((entry) => [formatSerial(entry.serial), entry]));
  const known = new Map(entries.map((entry) => [entry.serial, entry]));
  for (const [serial, listing] of listed) {
    const finding = examineListing(serial, { listing, entry: known.get(serial) });
    if (finding !== undefined) findings.push(finding);
  }
  const unlisted = entries
    .filter(({ serial, status }) => status === "revoked" && !listed.has(serial));
  // Within one second it cannot be told which was first.
  const thisUpdate = formatTime(crl.thisUpdate);
  for (const { serial, revoked_at: revokedAt } of unlisted) {
    if (revokedAt < thisUpdate) findings.push({ code: "wrong-crl", serial, reason: "missing" });
  }
  const since = unlisted.filter((entry) => entry.revoked_at >= thisUpdate);
  if (since.length > 0) {
    findings.push({ code: "revoked-since", serials: since.map(({ serial }) => serial) });
  }
  const { nextUpdate } = crl;
  if (nextUpdate !== undefined && nextUpdate < now) {
    findings.push({ code: "stale-crl", nextUpdate });
  }
  return findings;
}

function examineListing(
  serial: string,
  { listing, entry }: { listing: CrlEntry; entry: IndexEntry | undefined },
): Finding | undefined {
  if (entry === undefined) return { code: "unknown-revoked", serial };
  const patch = {
    serial,
    status: "revoked",
    "revoked_at": formatTime(listing.revokedAt),
    "revocation_reason": listing.reason ?? "unspecified",
  } as const;
  if (entry.status === "active") return { code: "not-revoked", serial, patch };
  const isSame = entry.revoked_at === patch.revoked_at &&
    entry.revocation_reason === listing.reason;
  return isSame ? undefined : { code: "wrong-crl", serial, reason: "differs" };
}
