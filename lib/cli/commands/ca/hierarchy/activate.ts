/** `certswap ca activate`: installs the certificate of a CA, and reports it. */
import { activate, type Activated, type ActivateReport } from "../../../../ca/hierarchy/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  type PassphraseFlags,
  passphraseOf,
  requireStreamsOnce,
} from "../../../declaration/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { rows } from "../../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca activate`. */
export interface ActivateFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  readonly chain?: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca activate`. */
export default async function activateCommand(
  world: World,
  flags: ActivateFlags,
  file: string,
): Promise<Outcome> {
  const { chain, lockTimeout } = flags;
  requireStreamsOnce([file, chain]);
  const passphrase = passphraseOf(world, flags, [file, chain]);
  const options = { dataDirectory: dataDirectory(world, flags), lockTimeout, passphrase };
  const report = await activate(world.system, { ...options, file, chainFile: chain });
  return {
    json: {
      done: report.done,
      subject: report.subject,
      issuer: report.issuer,
      serial: report.serial,
      notAfter: formatTime(report.notAfter),
      certificate: report.certificatePath,
      chain: report.chainPath,
      recovery: recoveryToJson(report.recovery),
    },
    notes: didRecover(report.recovery),
    lines: report.done === "unchanged" ? [] : [titles[report.done], ...rows(rowsOf(report))],
    idle: report.done === "unchanged" ? "This certificate is already installed." : undefined,
    warnings: report.warnings,
  };
}

const titles: Readonly<Record<Exclude<Activated, "unchanged">, string>> = {
  "activated": "CA activated successfully.",
  "renewed": "CA certificate renewed successfully.",
  "chain-replaced": "CA chain replaced successfully.",
};

function rowsOf(report: ActivateReport): [string, string][] {
  return [
    ["Subject", report.subject],
    ["Issuer", report.issuer],
    ["Serial", report.serial],
    ["Not After", formatTime(report.notAfter)],
    ["Certificate", report.certificatePath],
    ["Chain", report.chainPath],
    ...(report.done === "renewed"
      ? [["Previous", report.previousPath] satisfies [string, string]]
      : []),
  ];
}
