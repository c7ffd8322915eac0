import { ifPresent, statIfPresent, type System } from "../system/mod.ts";
import { isValidAt } from "../x509/certificate.ts";
import type { KeySource } from "../x509/signing_key.ts";
import { proveKey, readLastCrl, readRoot, type Root } from "./authority.ts";
import { replacedFiles, requireNoLink } from "./ca.ts";
import type { DataDirectory } from "./data_directory.ts";
import { examineCertificates } from "./examine_certificates.ts";
import { examineCrlNumber, examineSerial } from "./examine_counters.ts";
import { examineCrl } from "./examine_crl.ts";
import { type Finding, orBadFile } from "./finding.ts";
import { readCertificateNames, readIndexOf } from "./issued.ts";

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
