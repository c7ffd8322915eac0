import {
  CertswapError,
  ifPresent,
  isErrno,
  readFile,
  statIfPresent,
  type System,
} from "../system/mod.ts";
import { type Certificate, isValidAt } from "../x509/certificate.ts";
import { readSingleCertificateFile } from "../x509/certificate_file.ts";
import type { Crl } from "../x509/crl.ts";
import { formatName, namesEqual } from "../x509/name.ts";
import { certificateFileLimit } from "../x509/pem.ts";
import type { KeySource } from "../x509/signing_key.ts";
import { isSignedBy, proveKey, readLastCrl, readRoot, type Root } from "./authority.ts";
import { mapConcurrently } from "./concurrency.ts";
import { counterLimit, parseCounter } from "./counter.ts";
import { certificatePath, type DataDirectory, serialOfFileName } from "./data_directory.ts";
import { CaIncompleteError } from "./errors.ts";
import { examineCrl } from "./examine_crl.ts";
import type { Finding } from "./finding.ts";
import type { IndexEntry } from "./index_file.ts";
import { highest, readIndexOf } from "./issued.ts";
import { formatSerial, parseSerial } from "./serial.ts";
import { formatTime } from "./time.ts";

/** What to look at, and with what. */
export interface ExamineOptions {
  readonly directory: DataDirectory;
  readonly keys: KeySource;
  /** Is told how many of the certificates have been looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Reads a whole data directory and reports every promise of a CA that it breaks. */
export async function examine(system: System, options: ExamineOptions): Promise<Finding[]> {
  const examination = new Examination(system, options);
  await examination.run();
  return examination.findings;
}

class Examination {
  readonly findings: Finding[] = [];
  readonly #system: System;
  readonly #directory: DataDirectory;
  readonly #options: ExamineOptions;

  constructor(system: System, options: ExamineOptions) {
    this.#system = system;
    this.#options = options;
    this.#directory = options.directory;
  }

  async run(): Promise<void> {
    this.#examineModes();
    const { paths } = this.#directory;
    const root = await this.#orBadFile("ca.crt", () => readRoot(this.#system.files, paths));
    if (root !== undefined) await this.#examineRoot(root);
    const index = await this.#orBadFile(
      "index.json",
      () => readIndexOf({ system: this.#system, ...this.#directory }),
    );
    const files = await this.#orBadFile("certs", () => this.#readCertificateNames());
    const crl = root && await this.#orBadFile(
      "ca.crl",
      () => readLastCrl(this.#system.files, { paths, root }),
    );
    const entries = index?.entries;
    if (root && entries && files) await this.#examineCertificates(root, { entries, files });
    if (crl && entries) {
      const unknown = this.findings.flatMap((finding) =>
        finding.code === "missing-entry" ? [finding.patch] : []
      );
      const now = this.#system.clock.now();
      this.findings.push(...examineCrl(crl, { entries: [...entries, ...unknown], now }));
    }
    const hasNoCrl = statIfPresent(this.#system.files, paths.crl) === undefined;
    if (hasNoCrl) this.findings.push({ code: "no-crl" });
    await this.#orBadFile("serial", () => this.#examineSerial({ root, entries, files }));
    await this.#orBadFile("crlnumber", () => this.#examineCrlNumber(crl, hasNoCrl));
  }

  /** What `read` gives; where it throws on purpose, a finding and `undefined`. */
  async #orBadFile<T>(name: string, read: () => Promise<T> | T): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.findings.push({ code: "bad-file", name, error });
      return undefined;
    }
  }

  #examineModes(): void {
    const { directory, ...files } = this.#directory.paths;
    for (const path of Object.values(files)) {
      const info = statIfPresent(this.#system.files, path);
      if (info === undefined) continue;
      // Nobody else may read the key; nobody else may write anything.
      const wanted = info.mode & ~(path === files.key ? 0o077 : 0o022);
      const name = path.slice(directory.length + 1);
      if (info.mode !== wanted) {
        this.findings.push({ code: "open-mode", name, mode: info.mode, wanted });
      }
    }
  }

  async #examineRoot(root: Root): Promise<void> {
    const { certificate } = root;
    const { paths } = this.#directory;
    await this.#orBadFile(
      "ca.key",
      () => proveKey({ system: this.#system, paths, keys: this.#options.keys }, root),
    );
    const now = this.#system.clock.now();
    if (now >= certificate.notBefore && !isValidAt(certificate, now)) {
      this.findings.push({ code: "root-expired", notAfter: certificate.notAfter });
    }
  }

  #readCertificateNames(): string[] {
    const { paths, written } = this.#directory;
    try {
      return this.#system.files.readDirectory(paths.certificates);
    } catch (error) {
      throw isErrno(error, "ENOENT") ? new CaIncompleteError(written, "certs") : error;
    }
  }

  async #examineCertificates(
    root: Root,
    { entries, files }: { entries: readonly IndexEntry[]; files: readonly string[] },
  ): Promise<void> {
    const known = new Map(entries.map((entry) => [entry.serial, entry]));
    const serials = files.map(serialOfFileName).filter((serial) => serial !== undefined);
    const found = await mapConcurrently(
      serials,
      (serial) =>
        this.#orBadFile(
          `certs/${serial}.pem`,
          () => this.#examineCertificate(serial, { root, entry: known.get(serial) }),
        ),
      (done) => this.#options.onProgress?.(done, serials.length),
    );
    this.findings.push(...found.filter((finding) => finding !== undefined));
    const present = new Set(serials);
    for (const { serial } of entries) {
      if (!present.has(serial)) this.findings.push({ code: "missing-file", serial });
    }
    for (const name of files) {
      // What begins with a dot may be recovery's, and no service loads it.
      const isStray = serialOfFileName(name) === undefined && !name.startsWith(".");
      if (isStray) this.findings.push({ code: "stray-file", name: `certs/${name}` });
    }
  }

  async #examineCertificate(
    serial: string,
    { root, entry }: { root: Root; entry: IndexEntry | undefined },
  ): Promise<Finding | undefined> {
    const name = `certs/${serial}.pem`;
    const certificate = this.#readCertificate(serial);
    if (certificate === undefined) {
      return { code: "foreign-file", name, reason: "not-a-certificate" };
    }
    const isOurs = namesEqual(certificate.issuer, root.certificate.subject) &&
      await isSignedBy(root, certificate);
    if (!isOurs) return { code: "foreign-file", name, reason: "not-signed" };
    if (serialOf(certificate) !== serial) {
      return { code: "foreign-file", name, reason: "other-serial" };
    }
    if (serial === serialOf(root.certificate)) {
      return { code: "foreign-file", name, reason: "serial-of-root" };
    }
    const said = saidBy(certificate);
    if (entry === undefined) {
      return { code: "missing-entry", serial, patch: { ...said, ...activeFields } };
    }
    const fields = (["subject", "not_before", "not_after"] as const)
      .filter((field) => entry[field] !== said[field]);
    return fields.length > 0 ? { code: "wrong-entry", serial, fields, patch: said } : undefined;
  }

  /** `undefined` where it is none. */
  #readCertificate(serial: string): Certificate | undefined {
    const path = certificatePath(this.#directory.paths, serial);
    const { content } = readFile(this.#system.files, path, certificateFileLimit);
    try {
      return readSingleCertificateFile(content);
    } catch (error) {
      if (error instanceof CertswapError) return undefined;
      throw error;
    }
  }

  #examineSerial(
    { root, entries, files }: {
      root: Root | undefined;
      entries: readonly IndexEntry[] | undefined;
      files: readonly string[] | undefined;
    },
  ): void {
    const used = [
      { usedIn: "index.json", used: highest(entries?.map(({ serial }) => serial) ?? []) },
      {
        usedIn: "certs/",
        used: highest(files?.map(serialOfFileName).filter((serial) => serial !== undefined) ?? []),
      },
      { usedIn: "ca.crt", used: root && serialOf(root.certificate) },
    ];
    // The number that is surely free is known only where all places were read that have numbers.
    const isSure = root !== undefined && entries !== undefined && files !== undefined;
    this.#examineCounter(this.#directory.paths.serial, { name: "serial", used, isSure });
  }

  #examineCrlNumber(crl: Crl & { readonly number: bigint } | undefined, hasNoCrl: boolean): void {
    const used = crl === undefined ? [] : [{ usedIn: "ca.crl", used: formatSerial(crl.number) }];
    // Without the last CRL nobody knows its number, unless the counter has never moved.
    const isSure = crl !== undefined && !hasNoCrl;
    this.#examineCounter(this.#directory.paths.crlNumber, { name: "crlnumber", used, isSure });
  }

  #examineCounter(
    path: string,
    { name, used, isSure }: {
      name: string;
      used: readonly { usedIn: string; used: string | undefined }[];
      isSure: boolean;
    },
  ): void {
    const serials = used.map((place) => place.used).filter((serial) => serial !== undefined);
    const largest = parseSerial(highest(serials) ?? "") ?? 0n;
    const value = this.#readCounter(path);
    if (value === undefined) {
      this.findings.push({ code: "bad-counter", name, next: isSure ? largest + 1n : undefined });
      return;
    }
    if (value > largest) return;
    const place = used.find((candidate) => candidate.used === formatSerial(largest));
    this.findings.push({
      code: "counter-behind",
      name,
      value: formatSerial(value),
      used: formatSerial(largest),
      usedIn: place?.usedIn ?? "",
      next: largest + 1n,
    });
  }

  /** `undefined` where there is no number in it, or no file. */
  #readCounter(path: string): bigint | undefined {
    const file = ifPresent(() => readFile(this.#system.files, path, counterLimit));
    return file && parseCounter(file.content);
  }
}

const serialOf = ({ serial }: Certificate): string => formatSerial(serial);

/** What the index should say of a certificate, whatever became of it. */
function saidBy(
  certificate: Certificate,
): Pick<IndexEntry, "serial" | "subject" | "not_before" | "not_after"> {
  return {
    serial: serialOf(certificate),
    subject: formatName(certificate.subject),
    "not_before": formatTime(certificate.notBefore),
    "not_after": formatTime(certificate.notAfter),
  };
}

const activeFields = { status: "active", "revoked_at": "", "revocation_reason": "" } as const;
