import { type FileSystem, ifPresent, readFile } from "../system/mod.ts";
import type { Crl } from "../x509/crl.ts";
import type { Root } from "./authority.ts";
import { counterLimit, parseCounter } from "./counter.ts";
import { type CaPaths, serialOfFileName } from "./data_directory.ts";
import type { Finding } from "./finding.ts";
import type { IndexEntry } from "./index_file.ts";
import { highest } from "./issued.ts";
import { formatSerial, parseSerial } from "./serial.ts";

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
