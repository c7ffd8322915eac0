/** Reads a data directory for `ca check`. */
import { type FileSystem, ifPresent, statIfPresent } from "../../../../system/mod.ts";
import { counterLimit, highestSerial } from "../../../../x509/mod.ts";
import { type Finding, orBadFile } from "../../finding.ts";
import type { StoreContents, StoreInspection } from "../../inspection.ts";
import { parseCounter } from "../counter.ts";
import type { ContentReading } from "./directory_contents.ts";
import {
  type DataDirectory,
  readIfPresent,
  replacedFiles,
  requireNoLink,
  serialOfFileName,
} from "../../files/mod.ts";

/** Reads a data directory for `ca check`. */
export class DirectoryInspection implements StoreInspection {
  readonly #files: FileSystem;
  readonly #directory: DataDirectory;
  readonly #shared: ContentReading;

  constructor(files: FileSystem, directory: DataDirectory, shared: ContentReading) {
    this.#files = files;
    this.#directory = directory;
    this.#shared = shared;
  }

  async keeping(): Promise<readonly Finding[]> {
    const { paths } = this.#directory;
    const findings = this.#openModes();
    for (const path of replacedFiles(paths)) {
      const name = nameIn(paths.directory, path);
      await orBadFile({ findings, name }, () => requireNoLink(this.#files, path));
    }
    return findings;
  }

  async contents(): Promise<StoreContents> {
    const { directoryContents } = await import("./directory_contents.ts");
    return await directoryContents(this.#shared);
  }

  async highestSerial(): Promise<string | undefined> {
    const kept = this.#shared.certificateNames().map(serialOfFileName);
    const recorded = (await this.#shared.records()).map(({ serial }) => serial);
    return highestSerial([...kept.filter((serial) => serial !== undefined), ...recorded]);
  }

  // deno-lint-ignore require-await
  async hasKey(): Promise<boolean> {
    return statIfPresent(this.#files, this.#directory.paths.key) !== undefined;
  }

  // deno-lint-ignore require-await
  async hasCrl(): Promise<boolean> {
    return statIfPresent(this.#files, this.#directory.paths.crl) !== undefined;
  }

  async nextSerial(): Promise<bigint | undefined> {
    return await this.#counterIn(this.#directory.paths.serial);
  }

  async nextCrlNumber(): Promise<bigint | undefined> {
    return await this.#counterIn(this.#directory.paths.crlNumber);
  }

  /** Every change updates a counter, or replaces the index, a CRL or the certificates of the CA. */
  async stamp(): Promise<string> {
    const { serial, crlNumber, index, crl, derCrl, certificate, chain } = this.#directory.paths;
    const contents: (string | undefined)[] = [];
    for (const path of [serial, crlNumber]) {
      contents.push((await readIfPresent(this.#files, path, counterLimit))?.content.toHex());
    }
    const inodes = [index, crl, derCrl, certificate, chain].map((path) =>
      statIfPresent(this.#files, path)?.inode
    );
    return [...contents, ...inodes].join();
  }

  /** Checks that others cannot read the key or write any file. For a symbolic link, checks its target. */
  #openModes(): Finding[] {
    const { paths, site } = this.#directory;
    // A transaction replaces files, and so sets their modes; it cannot replace directories and link targets.
    const mendable = new Set([paths.key, paths.certificate, ...replacedFiles(paths)]);
    return [...Object.values(paths), site.stateDirectory].flatMap((path): Finding[] => {
      const real = ifPresent(() => this.#files.realPath(path));
      if (real === undefined) return [];
      const { mode } = this.#files.stat(real);
      const wanted = mode & ~(path === paths.key ? 0o077 : 0o022);
      if (mode === wanted) return [];
      const name = nameIn(paths.directory, real);
      return [{ code: "open-mode", name, mode, wanted, isMendable: mendable.has(real) }];
    });
  }

  async #counterIn(path: string): Promise<bigint | undefined> {
    const file = await readIfPresent(this.#files, path, counterLimit);
    return file && parseCounter(file.content);
  }
}

/** The name of a path in findings: relative to the data directory if it is inside. */
function nameIn(directory: string, path: string): string {
  if (path === directory) return ".";
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}
