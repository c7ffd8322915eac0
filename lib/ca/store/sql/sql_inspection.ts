/** Reads a store in a database for `ca check`. */
import {
  type FileSystem,
  ifPresent,
  type SqlDatabase,
  type SqlRow,
  statIfPresent,
} from "../../../system/mod.ts";
import { bytesEqual, crlFileLimit, encodePem } from "../../../x509/mod.ts";
import type { CertificateDetails } from "../details.ts";
import { commonFiles, type DataDirectory, readIfPresent, requireNoLink } from "../files/mod.ts";
import { type Finding, orBadFile } from "../finding.ts";
import type { KeptCertificates, StoreInspection } from "../inspection.ts";
import { readCa, readNumber } from "./ca/mod.ts";
import type { SqlKind } from "./kind.ts";
import { readDetailColumns, RowReader } from "./rows.ts";
import { hasCrlRow, readCrlRow } from "./crls.ts";

/** How the store reads its database. */
interface Reading {
  readonly kind: SqlKind;
  readonly database: () => Promise<SqlDatabase>;
  /** The rows of all certificates. */
  readonly rows: (columns: string) => AsyncIterable<readonly SqlRow[]>;
}

/** Reads a store in a database for `ca check`. */
export class SqlInspection implements StoreInspection {
  readonly #files: FileSystem;
  readonly #directory: DataDirectory;
  readonly #reading: Reading;

  constructor(files: FileSystem, directory: DataDirectory, reading: Reading) {
    this.#files = files;
    this.#directory = directory;
    this.#reading = reading;
  }

  async keeping(): Promise<readonly Finding[]> {
    const { paths } = this.#directory;
    const findings: Finding[] = [...this.#openModes(), ...await this.#reading.kind.keeping()];
    for (const path of commonFiles(paths)) {
      const name = path.slice(paths.directory.length + 1);
      await orBadFile({ findings, name }, () => requireNoLink(this.#files, path));
    }
    await orBadFile({ findings, name: "ca.crl" }, async () => {
      findings.push(...await this.#differentCrl());
    });
    return findings;
  }

  async certificates(): Promise<KeptCertificates> {
    const reader = new RowReader((await this.#reading.database()).name);
    const serials: string[] = [];
    for await (const rows of this.#reading.rows("number, serial")) {
      for (const row of rows) serials.push(reader.serial(row));
    }
    return { place: this.#reading.kind.inStore, serials, strays: [] };
  }

  // deno-lint-ignore require-await
  async hasKey(): Promise<boolean> {
    return statIfPresent(this.#files, this.#directory.paths.key) !== undefined;
  }

  async details(): Promise<ReadonlyMap<string, CertificateDetails>> {
    const reader = new RowReader((await this.#reading.database()).name);
    const all = new Map<string, CertificateDetails>();
    for await (const rows of this.#reading.rows(`number, serial, ${readDetailColumns}`)) {
      for (const row of rows) {
        const details = reader.details(row);
        if (details !== undefined) all.set(reader.serial(row), details);
      }
    }
    return all;
  }

  async hasCrl(): Promise<boolean> {
    return await hasCrlRow(await this.#reading.database());
  }

  async nextSerial(): Promise<bigint | undefined> {
    return await readNumber(await this.#reading.database(), "next_serial");
  }

  async nextCrlNumber(): Promise<bigint | undefined> {
    return await readNumber(await this.#reading.database(), "next_crl_number");
  }

  async stamp(): Promise<string> {
    const { last_change: mark } = await readCa(await this.#reading.database(), "last_change");
    const { certificate, chain } = this.#directory.paths;
    const inodes = [certificate, chain].map((path) => statIfPresent(this.#files, path)?.inode);
    return [mark, ...inodes].join();
  }

  /** `ca.crl`, if it is not the CRL of the database. */
  async #differentCrl(): Promise<readonly Finding[]> {
    const der = await readCrlRow(await this.#reading.database());
    if (der === undefined) return [];
    const content = encodePem("X509 CRL", der);
    const file = await readIfPresent(this.#files, this.#directory.paths.crl, crlFileLimit);
    if (file !== undefined && bytesEqual(Uint8Array.from(file.content), content)) return [];
    const other = `${this.#reading.kind.inStore}#crl`;
    return [{ code: "crl-copy", name: "ca.crl", other, content }];
  }

  /** Checks that others cannot read the key or write any file. For a symbolic link, checks its target. */
  #openModes(): readonly Finding[] {
    const { paths, site } = this.#directory;
    const own = [paths.key, paths.certificate, ...commonFiles(paths)];
    return [paths.directory, ...own, site.stateDirectory].flatMap((path): Finding[] => {
      const real = ifPresent(() => this.#files.realPath(path));
      if (real === undefined) return [];
      const { mode } = this.#files.stat(real);
      const wanted = mode & ~(path === paths.key ? 0o077 : 0o022);
      if (mode === wanted) return [];
      const isInside = real.startsWith(`${paths.directory}/`);
      const name = real === paths.directory
        ? "."
        : isInside
        ? real.slice(paths.directory.length + 1)
        : real;
      return [{ code: "open-mode", name, mode, wanted, isMendable: own.includes(real) }];
    });
  }
}
