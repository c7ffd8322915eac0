/** `certswap ca sign`: signs requests and reports the new certificates. */
import { requirePossibleCa } from "../../../ca/mod.ts";
import {
  findRequests,
  type IssuedCertificate,
  sign,
  type SignReport,
} from "../../../ca/issue/mod.ts";
import { type CommonFlags, type ProfileFlags, requireStreamsOnce } from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { rows, table } from "../../text.ts";
import { UsageError } from "../../errors.ts";
import {
  didRecover,
  type Json,
  type Outcome,
  recoveryToJson,
  showProgress,
} from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";

/** The flags of `certswap ca sign`. */
export interface SignFlags extends CaFlags, ProfileFlags, CommonFlags {
  /** Milliseconds. */
  readonly validity?: number;
  readonly from?: string;
  readonly skipBad: boolean;
  readonly renew?: string;
  readonly revokeSuperseded: boolean;
}

/** `certswap ca sign`. */
export default async function signCommand(
  world: World,
  flags: SignFlags,
  ...files: readonly string[]
): Promise<Outcome> {
  const { from, validity, profile } = flags;
  if (files.length === 0 && from === undefined) {
    throw new UsageError(
      ["CSR-FILE is missing"],
      "Name request files, or a directory of them with --from.",
    );
  }
  const { renew, revokeSuperseded } = flags;
  if (renew !== undefined && (files.length !== 1 || from !== undefined)) {
    throw new UsageError(
      ["--renew renews one certificate"],
      "Give one request file: certswap ca sign --renew SERIAL CSR-FILE",
    );
  }
  requireStreamsOnce([...files, renew]);
  const ca = await selectedCa(world, flags);
  // Checked first: without a CA there is no need to read the directory.
  await requirePossibleCa(world.system, ca);
  const found = from === undefined ? [] : findRequests(world.system.files, from);
  const requests = [...files, ...found];
  const progress = showProgress(world, {
    total: requests.length * 2,
    label: `Signing ${requests.length} requests`,
  });
  try {
    const report = await sign(world.system, {
      ...ca,
      requests,
      profile,
      validity,
      onBadRequest: flags.skipBad ? "skip" : "stop",
      renews: renew === undefined ? undefined : await serialOf(world, ca, renew),
      revokeSuperseded,
      onProgress: (step, done) =>
        progress.update(step === "checked" ? done : requests.length + done),
    });
    progress.clear();
    return toOutcome(report);
  } finally {
    progress.clear();
  }
}

/** The serial number of the certificate to renew. */
async function serialOf(
  world: World,
  location: { readonly dataDirectory: string },
  renew: string,
): Promise<string> {
  // Rarely needed: the other signatures start faster without it.
  const { findSerial } = await import("../../../ca/inventory/given_certificate.ts");
  return await findSerial(world.system, location, renew);
}

function toOutcome({ issued, skipped, recovery, warnings }: SignReport): Outcome {
  const [only, ...others] = issued;
  return {
    json: {
      issued: issued.map(toJson),
      skipped: skipped.length,
      recovery: recoveryToJson(recovery),
    },
    notes: didRecover(recovery),
    lines: only !== undefined && others.length === 0 ? linesForOne(only) : linesForMany(issued),
    warnings: [...skipped, ...warnings],
  };
}

function toJson(
  { request, serial, subject, notAfter, profile, path }: IssuedCertificate,
): Json {
  return { request, serial, subject, notAfter: formatTime(notAfter), profile, certificate: path };
}

function linesForOne({ serial, subject, notAfter, path }: IssuedCertificate): string[] {
  return [
    "Certificate issued successfully.",
    ...rows([
      ["Serial", serial],
      ["Subject", subject],
      ["Not After", formatTime(notAfter)],
      ["Certificate", path],
    ]),
  ];
}

function linesForMany(issued: readonly IssuedCertificate[]): string[] {
  return [
    `${issued.length} certificates issued successfully.`,
    ...table(
      [{ title: "SERIAL" }, { title: "NOT AFTER" }, { title: "CERTIFICATE" }, { title: "REQUEST" }],
      issued.map(({ serial, notAfter, path, request }) => [
        serial,
        formatTime(notAfter),
        path,
        request,
      ]),
    ),
  ];
}
