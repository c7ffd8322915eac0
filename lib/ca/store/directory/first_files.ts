/** The first files of a store in a directory: counters, index, certificates and the last CRL. */
import { statIfPresent, type System } from "../../../system/mod.ts";
import type { CreateEntry, Entry } from "../../../transaction/mod.ts";
import { encodePem } from "../../../x509/mod.ts";
import {
  caModes,
  certificatePath,
  type DataDirectory,
  type FirstContent,
  newFile,
} from "../files/mod.ts";
import { encodeCounter } from "./counter.ts";
import { appendToDetails } from "./details/mod.ts";
import { encodeIndex, requireReadBack, toEntry } from "./index_file.ts";

/** The entries for what a CA has issued. */
export function firstFiles(
  system: System,
  directory: DataDirectory,
  { history: { certificates, crl, nextSerial, nextCrlNumber } }: FirstContent,
): Entry[] {
  const { files } = system;
  const { paths } = directory;
  const create = (target: string, content: Uint8Array): CreateEntry =>
    newFile(system, directory, { target, content });
  const entries = certificates.map(({ record }) => toEntry(record));
  requireReadBack(entries);
  const lines = certificates.flatMap(({ record: { serial }, details }) =>
    details === undefined ? [] : [{ serial, details }]
  );
  const hasDirectory = statIfPresent(files, paths.certificates) !== undefined;
  const makeCertificates = {
    kind: "makeDirectory",
    target: paths.certificates,
    mode: caModes.directory,
  } as const;
  return [
    ...(hasDirectory ? [] : [makeCertificates]),
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
    ...(crl === undefined ? [] : [create(paths.crl, encodePem("X509 CRL", crl))]),
  ];
}
