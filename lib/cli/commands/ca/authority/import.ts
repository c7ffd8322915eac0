/** `certswap ca import`: imports a CA, or lists what would be imported. */
import {
  importCa,
  type Imported,
  type ImportSource,
  planImport,
} from "../../../../ca/import/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { formatSerial } from "../../../../x509/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  type PassphraseFlags,
  passphraseOf,
} from "../../../declaration/mod.ts";
import type { StoreKind } from "../../../choices.ts";
import { UsageError } from "../../../errors.ts";
import {
  didRecover,
  type Json,
  type Outcome,
  recoveryToJson,
  showProgress,
} from "../../../print/mod.ts";
import { counted, rows, someOf, table, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { unencryptedText } from "../key/mod.ts";

/** The flags of `certswap ca import`. */
export interface ImportFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  readonly openssl?: string;
  readonly easyRsa?: string;
  readonly key?: string;
  readonly cert?: string;
  readonly certs?: string;
  readonly crl?: string;
  readonly chain?: string;
  readonly store: StoreKind;
  readonly dryRun: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca import`. */
export default async function importCommand(world: World, flags: ImportFlags): Promise<Outcome> {
  const { dryRun, lockTimeout } = flags;
  let progress: ReturnType<typeof showProgress> | undefined;
  const options = {
    dataDirectory: dataDirectory(world, flags),
    lockTimeout,
    store: flags.store,
    source: sourceOf(flags),
    passphrase: passphraseOf(world, flags),
    onProgress: (done: number, total: number) => {
      progress ??= showProgress(world, { total, label: `Reading ${total} certificates` });
      progress.update(done);
    },
  };
  try {
    return dryRun
      ? wouldImport(await planImport(world.system, options))
      : imported(await importCa(world.system, options));
  } finally {
    progress?.clear();
  }
}

/** @throws UsageError */
function sourceOf({ openssl, easyRsa, key, cert, certs, crl, chain }: ImportFlags): ImportSource {
  const hasFiles = [key, cert].some((path) => path !== undefined);
  const given = [openssl !== undefined, easyRsa !== undefined, hasFiles].filter(Boolean).length;
  if (given !== 1) {
    throw new UsageError(
      [given === 0 ? "nothing to import" : "more than one CA to import"],
      "Give one of --openssl DIR, --easy-rsa DIR, or --key FILE with --cert FILE.",
    );
  }
  const directory = openssl ?? easyRsa;
  if (directory !== undefined) {
    return {
      kind: openssl === undefined ? "easy-rsa" : "openssl",
      directory,
      certificates: certs,
      crl,
      chain,
    };
  }
  if (key === undefined || cert === undefined) {
    throw new UsageError([`${key === undefined ? "--key" : "--cert"} is missing`]);
  }
  return { kind: "files", key, certificate: cert, certificates: certs, crl, chain };
}

function wouldImport(plan: Imported): Outcome {
  return {
    json: { dryRun: true, ...toJson(plan) },
    lines: [
      `Would import the CA ${visible(plan.subject)}:`,
      ...certificateTable(plan),
      ...ignoredLines(plan),
      ...rows(countRows(plan)),
    ],
    notes: notesOn(plan),
    warnings: [],
  };
}

function imported(report: Awaited<ReturnType<typeof importCa>>): Outcome {
  return {
    json: {
      dryRun: false,
      ...toJson(report),
      certificate: report.certificatePath,
      key: report.keyPath,
      recovery: recoveryToJson(report.recovery),
    },
    notes: [
      ...didRecover(report.recovery),
      ...notesOn(report),
      ...(report.hasCrl ? [] : ["This CA has no CRL yet. To create one: certswap ca crl"]),
    ],
    lines: [
      "CA imported successfully.",
      ...rows([
        ["Subject", report.subject],
        ["Not After", formatTime(report.notAfter)],
        ...countRows(report),
        ["Certificate", report.certificatePath],
        ["Key", report.keyPath],
      ]),
      ...(report.isEncrypted ? [] : [unencryptedText(report.keyPath)]),
    ],
    warnings: report.warnings,
  };
}

/** What does not come along, and what to do about it. */
function notesOn({ lost, needsChain }: Imported): readonly string[] {
  return [
    ...(lost.length === 0 ? [] : [
      `The files of ${counted(lost.length, "certificate")} are missing: ${
        someOf(lost)
      }. Only what ` +
      "index.txt and the CRL say about them is imported: they can be revoked and stay revoked, but " +
      "not be shown or renewed. If another directory has them, name it with --certs.",
    ]),
    ...(needsChain
      ? [
        "The CA certificates from this intermediate's issuer up to the root are missing: give them with " +
        "--chain, or add them later with 'certswap ca activate CA-CERTIFICATE --chain FILE'.",
      ]
      : []),
  ];
}

function countRows(
  { certificates, ignored, nextSerial, nextCrlNumber }: Imported,
): [string, string][] {
  const revoked = certificates.filter(({ status }) => status === "revoked").length;
  return [
    ["Certificates", `${certificates.length} (${revoked} revoked)`],
    ["Ignored files", String(ignored.length)],
    ["Next serial", formatSerial(nextSerial)],
    ["Next CRL number", String(nextCrlNumber)],
  ];
}

function certificateTable({ certificates }: Imported): readonly string[] {
  if (certificates.length === 0) return ["It has issued no certificates."];
  return table(
    [{ title: "SERIAL" }, { title: "STATUS" }, { title: "NOT AFTER" }, { title: "SUBJECT" }],
    certificates.map((
      { serial, status, notAfter, subject },
    ) => [serial, status, notAfter, subject]),
  );
}

function ignoredLines({ ignored }: Imported): readonly string[] {
  if (ignored.length === 0) return [];
  return [
    `Ignored ${counted(ignored.length, "file")}:`,
    ...ignored.map(({ path, reason }) => `  ${visible(path)}: ${reasons[reason]}`),
  ];
}

const reasons: Readonly<Record<Imported["ignored"][number]["reason"], string>> = {
  "not-a-certificate": "not a certificate",
  "not-a-file": "not a regular file",
  "other-issuer": "issued by another CA",
  "own": "the CA's own certificate",
};

function toJson(plan: Imported): Record<string, Json> {
  const {
    subject,
    notAfter,
    certificates,
    lost,
    ignored,
    hasCrl,
    isEncrypted,
    nextSerial,
    nextCrlNumber,
  } = plan;
  return {
    subject,
    notAfter: formatTime(notAfter),
    certificates: certificates.map(({ serial, status, notAfter, subject, ...record }) => ({
      serial,
      subject,
      notAfter,
      status,
      revokedAt: record.revokedAt || null,
      reason: record.revocationReason || null,
    })),
    lost,
    ignored: ignored.map(({ path, reason }) => ({ file: path, reason })),
    crl: hasCrl,
    encrypted: isEncrypted,
    nextSerial: formatSerial(nextSerial),
    nextCrlNumber: String(nextCrlNumber),
  };
}
