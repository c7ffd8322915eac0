/** Where the CAs of other programs keep their files. */
import {
  directoryOf,
  type FileSystem,
  ifPresent,
  join,
  nameOf,
  statIfPresent,
} from "../../system/mod.ts";
import { ImportPlaceError, NoSourceError } from "./errors.ts";

/** The CA to import. Paths as given by the caller. */
export type ImportSource =
  & (
    | { readonly kind: "openssl" | "easy-rsa"; readonly directory: string }
    | { readonly kind: "files"; readonly key: string; readonly certificate: string }
  )
  & {
    /** Another directory of certificates. */
    readonly certificates: string | undefined;
    /** The CRL; `undefined`: the one of the layout, if any. */
    readonly crl: string | undefined;
    /** The certificates above an intermediate. */
    readonly chain: string | undefined;
  };

/** Where a source keeps what. `undefined`: it has no such file. */
export interface SourcePlaces {
  readonly key: string;
  readonly certificate: string;
  readonly database: string | undefined;
  readonly crl: string | undefined;
  readonly chain: string | undefined;
  readonly serial: string | undefined;
  readonly crlNumber: string | undefined;
  /** Directories that contain certificates. */
  readonly certificates: readonly string[];
}

/** Names of files and directories, relative to the CA's directory; the first one that exists counts. */
interface Layout {
  readonly certificate: readonly string[];
  readonly key: readonly string[];
  readonly crl: readonly string[];
  readonly database: readonly string[];
  readonly serial: readonly string[];
  readonly crlNumber: readonly string[];
  /** All that exist count. */
  readonly certificates: readonly string[];
}

const layouts: Readonly<Record<"openssl" | "easy-rsa", Layout>> = {
  // The defaults of openssl.cnf and CA.pl; after them, names that guides use.
  "openssl": {
    certificate: [
      "cacert.pem",
      "ca.crt",
      "ca.pem",
      "certs/ca.cert.pem",
      "certs/ca.crt",
      "ca.cert.pem",
    ],
    key: [
      "private/cakey.pem",
      "private/ca.key",
      "private/ca.key.pem",
      "private/ca.pem",
      "cakey.pem",
      "ca.key",
    ],
    crl: ["crl.pem", "crl/crl.pem", "crl/ca.crl.pem", "ca.crl"],
    database: ["index.txt"],
    serial: ["serial", "serial.txt"],
    crlNumber: ["crlnumber", "crlnumber.txt"],
    certificates: ["newcerts", "certs", "revoked"],
  },
  "easy-rsa": {
    certificate: ["ca.crt"],
    key: ["private/ca.key"],
    crl: ["crl.pem"],
    database: ["index.txt"],
    serial: ["serial"],
    crlNumber: ["crlnumber"],
    certificates: [
      "certs_by_serial",
      "issued",
      "revoked/certs_by_serial",
      "renewed/certs_by_serial",
      "renewed/issued",
      "expired",
    ],
  },
};

/**
 * Finds the files of a source.
 *
 * @throws NoSourceError
 */
export function placesOf(files: FileSystem, source: ImportSource): SourcePlaces {
  const { crl, chain } = source;
  const named = source.certificates === undefined ? [] : [source.certificates];
  if (source.kind === "files") {
    const { key, certificate } = source;
    return {
      key,
      certificate,
      crl,
      chain,
      database: undefined,
      serial: undefined,
      crlNumber: undefined,
      certificates: named,
    };
  }
  const { kind } = source;
  const layout = layouts[kind];
  const directory = withPki(files, source);
  const existing = (names: readonly string[]): string[] =>
    names.map((name) => join(directory, name)).filter((path) =>
      statIfPresent(files, path) !== undefined
    );
  const required = (missing: "certificate" | "key" | "database"): string => {
    const [path] = existing(layout[missing]);
    if (path === undefined) {
      throw new NoSourceError(directory, { kind, missing, tried: layout[missing] });
    }
    return path;
  };
  return {
    certificate: required("certificate"),
    key: required("key"),
    crl: crl ?? existing(layout.crl)[0],
    chain,
    database: required("database"),
    serial: existing(layout.serial)[0],
    crlNumber: existing(layout.crlNumber)[0],
    certificates: [...existing(layout.certificates), ...named],
  };
}

/** easy-rsa's directory itself is as good as `pki` in it. */
function withPki(
  files: FileSystem,
  { kind, directory }: Extract<ImportSource, { directory: string }>,
): string {
  const pki = join(directory, "pki");
  const hasPki = kind === "easy-rsa" &&
    statIfPresent(files, join(directory, "ca.crt")) === undefined &&
    statIfPresent(files, pki) !== undefined;
  return hasPki ? pki : directory;
}

/**
 * Checks that neither the new data directory is inside the source, nor the source in it.
 *
 * @throws ImportPlaceError
 */
export function requireApart(
  files: FileSystem,
  { dataDirectory, source }: { readonly dataDirectory: string; readonly source: ImportSource },
): void {
  const target = realPathToBe(files, dataDirectory);
  const directories = source.kind === "files" ? [] : [source.directory];
  if (source.certificates !== undefined) directories.push(source.certificates);
  for (const directory of directories) {
    const from = realPathToBe(files, directory);
    if (isSameOrInside(target, from) || isSameOrInside(from, target)) {
      throw new ImportPlaceError(dataDirectory, directory);
    }
  }
  const named = source.kind === "files" ? [source.key, source.certificate] : [];
  for (const file of named) {
    if (isSameOrInside(realPathToBe(files, file), target)) {
      throw new ImportPlaceError(dataDirectory, file);
    }
  }
}

/** The path with every link resolved, of something that may not exist yet. */
function realPathToBe(files: FileSystem, path: string): string {
  const real = ifPresent(() => files.realPath(path));
  if (real !== undefined) return real;
  const absolute = path.startsWith("/") ? path : join(files.realPath("."), path);
  const parent = directoryOf(absolute);
  return parent === absolute ? absolute : join(realPathToBe(files, parent), nameOf(absolute));
}

function isSameOrInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(join(directory, ""));
}
