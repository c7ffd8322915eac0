/** The first files of a store in a directory: counters, index, certificates and the last CRL. */
import type { System } from "../../../system/mod.ts";
import type { CreateEntry, Entry } from "../../../transaction/mod.ts";
import { encodePem } from "../../../x509/mod.ts";
import {
  certificatePath,
  type DataDirectory,
  type FirstContent,
  madeDirectory,
  newFile,
} from "../files/mod.ts";
import { withLines } from "./append_lines.ts";
import { encodeCounter } from "./counter.ts";
import { appendToDetails } from "./details/mod.ts";
import { encodeIndex, requireReadBack, toEntry } from "./index_file.ts";

/** The entries for what a CA has issued. */
export function firstFiles(
  system: System,
  directory: DataDirectory,
  { past: { certificates, crl, nextSerial, nextCrlNumber }, lines: events }: FirstContent,
): Entry[] {
  const { files } = system;
  const { paths } = directory;
  const create = (target: string, content: Uint8Array): CreateEntry =>
    newFile(files, directory, { target, content });
  const entries = certificates.map(({ record }) => toEntry(record));
  requireReadBack(entries);
  const lines = certificates.flatMap(({ record: { serial }, details }) =>
    details === undefined ? [] : [{ serial, details }]
  );
  return [
    ...madeDirectory(files, paths.certificates),
    create(paths.serial, encodeCounter(nextSerial)),
    create(paths.crlNumber, encodeCounter(nextCrlNumber)),
    ...certificates.flatMap(({ record, der }) =>
      der === undefined
        ? []
        : [create(certificatePath(paths, record.serial), encodePem("CERTIFICATE", der))]
    ),
    ...(lines.length === 0
      ? []
      : [create(paths.details, appendToDetails(undefined, { lines, path: paths.details }))]),
    create(paths.index, encodeIndex(entries)),
    create(paths.history, withLines(undefined, events)),
    ...(crl === undefined ? [] : [create(paths.crl, encodePem("X509 CRL", crl))]),
  ];
}
