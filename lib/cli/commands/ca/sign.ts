/** `certswap ca sign`: signs requests and reports the new certificates. */
import { NoAlternativeNamesWarning, requirePossibleCa } from "../../../ca/mod.ts";
import {
  deliver,
  findRequests,
  type IssuedCertificate,
  sign,
  type SignReport,
} from "../../../ca/issue/mod.ts";
import {
  type CommonFlags,
  outputFile,
  type ProfileFlags,
  requireStreamsOnce,
} from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { linesOf, rows, table, visible } from "../../text.ts";
import { UsageError } from "../../errors.ts";
import {
  didRecover,
  type Json,
  type Outcome,
  recoveryToJson,
  showProgress,
} from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { signingCa, type SigningFlags } from "./ca_options.ts";
import { requireOutsideOfCas } from "./requested_output.ts";

/** The flags of `certswap ca sign`. */
export interface SignFlags extends SigningFlags, ProfileFlags, CommonFlags {
  /** Milliseconds. */
  readonly validity?: number;
  readonly from?: string;
  readonly skipBad: boolean;
  readonly renew?: string;
  readonly revokeSuperseded: boolean;
  readonly out?: string;
  readonly san?: string;
  readonly subject?: string;
  readonly allowNamesNotRequested: boolean;
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
  const ca = await signingCa(world, flags, [...files, renew]);
  // Checked first: without a CA there is no need to read the directory.
  await requirePossibleCa(world.system, ca);
  const found = from === undefined ? [] : findRequests(world.system.files, from);
  const requests = [...files, ...found];
  requireOneRequest(flags, requests);
  requireOutsideOfCas(world.system.files, "--out", outputFile(flags.out));
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
      names: givenNames(flags),
      onProgress: (step, done) =>
        progress.update(step === "checked" ? done : requests.length + done),
    });
    progress.clear();
    const [only] = report.issued;
    const file = outputFile(flags.out);
    if (file !== undefined && only !== undefined) deliver(world.system, only, file);
    const outcome = toOutcome(report);
    const isPiped = flags.out !== undefined && file === undefined;
    return isPiped && only !== undefined
      ? { ...outcome, lines: linesOf(new TextDecoder().decode(only.chain)) }
      : outcome;
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

/**
 * Checks that flags which are about one certificate are given with one request.
 *
 * @throws UsageError
 */
function requireOneRequest(flags: SignFlags, requests: readonly string[]): void {
  const { out, san, subject, allowNamesNotRequested: isAllowed, json } = flags;
  const given = [
    ...(out === undefined ? [] : ["--out"]),
    ...(san === undefined ? [] : ["--san"]),
    ...(subject === undefined ? [] : ["--subject"]),
  ];
  const [first] = given;
  if (first !== undefined && requests.length > 1) {
    throw new UsageError([`${first} needs exactly one request, found ${requests.length}`]);
  }
  if (isAllowed && san === undefined && subject === undefined) {
    throw new UsageError(["--allow-names-not-requested needs --san or --subject"]);
  }
  if (json && out !== undefined && outputFile(out) === undefined) {
    throw new UsageError(["--out - and --json cannot both print to standard output"]);
  }
}

function givenNames(
  { san, subject, allowNamesNotRequested: isAllowed }: SignFlags,
): Parameters<typeof sign>[1]["names"] {
  if (san === undefined && subject === undefined) return undefined;
  return { subject, alternativeNames: san, unrequested: isAllowed ? "allow" : "refuse" };
}

function toOutcome({ issued, skipped, recovery, warnings, signedBy }: SignReport): Outcome {
  const [only, ...others] = issued;
  const nameless = issued.filter(({ lacksNames }) => lacksNames).map(({ request }) => request);
  const lacking = nameless.length === 0 ? [] : [new NoAlternativeNamesWarning(nameless)];
  return {
    json: {
      issued: issued.map(toJson),
      skipped: skipped.length,
      signedBy,
      recovery: recoveryToJson(recovery),
    },
    notes: [
      ...didRecover(recovery),
      ...(signedBy === undefined
        ? []
        : [`Signed by the CA in ${visible(signedBy)}, which replaces this one (ca rollover).`]),
    ],
    lines: only !== undefined && others.length === 0 ? linesForOne(only) : linesForMany(issued),
    warnings: [...skipped, ...warnings, ...lacking],
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
