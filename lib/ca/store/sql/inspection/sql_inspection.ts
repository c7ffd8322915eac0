/** Reads a store in a database for `ca check`. */
import {
  type FileSystem,
  ifPresent,
  type SqlDatabase,
  statIfPresent,
} from "../../../../system/mod.ts";
import { bytesEqual, crlFileLimit, encodePem } from "../../../../x509/mod.ts";
import { commonFiles, type DataDirectory, readIfPresent, requireNoLink } from "../../files/mod.ts";
import { type Finding, orBadFile } from "../../finding.ts";
import type { StoreContents, StoreInspection } from "../../inspection.ts";
import { readCa, readNumber } from "../ca/mod.ts";
import { highestSerialIn } from "../rows.ts";
import { type ContentReading, sqlContents } from "./sql_contents.ts";
import { hasCrlRow, readCrlRow } from "../crls.ts";

/** How the store reads its database. */
interface Reading extends ContentReading {
  readonly database: () => Promise<SqlDatabase>;
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

  async contents(): Promise<StoreContents> {
    const database = await this.#reading.database();
    return await sqlContents(database, this.#reading);
  }

  // deno-lint-ignore require-await
  async hasKey(): Promise<boolean> {
    return statIfPresent(this.#files, this.#directory.paths.key) !== undefined;
  }

  async highestSerial(): Promise<string | undefined> {
    return await highestSerialIn(await this.#reading.database());
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
