/** `certswap ca init`: creates a CA and reports it. */
import { init } from "../../../ca/mod.ts";
import { initRequest, initSigned } from "../../../ca/hierarchy/mod.ts";
import { type KeyKindFor, keyKinds } from "../../../x509/mod.ts";
import { type CommonFlags, outputFile } from "../../declaration/mod.ts";
import { day, formatTime } from "../../../system/mod.ts";
import { UsageError } from "../../errors.ts";
import { rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";

/** The flags of `certswap ca init`. */
export interface InitFlags extends CaFlags, CommonFlags {
  readonly subject: string;
  readonly keyAlgorithm?: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity?: number;
  /** The data directory of the CA that signs. */
  readonly signedBy?: string;
  readonly profile?: string;
  readonly request?: string;
  /** Accept any clock. */
  readonly force: boolean;
}

/** The default validity of a root, in milliseconds. */
const rootValidity = 3650 * day;

/** `certswap ca init`. */
export default async function initCommand(world: World, flags: InitFlags): Promise<Outcome> {
  requireOneKind(flags);
  const { signedBy, request } = flags;
  if (request !== undefined) return await createRequest(world, flags, request);
  return signedBy === undefined
    ? await createRoot(world, flags)
    : await createIntermediate(world, flags, signedBy);
}

/** What the flags, or else `ca.toml`, say of a new CA. The file may be there before the CA is. */
async function newCa(world: World, flags: InitFlags): Promise<NewCa> {
  const { settings, ...options } = await selectedCa(world, flags);
  return { ...options, keyType: flags.keyAlgorithm ?? settings.defaults.keyKind ?? "ecdsa-p256" };
}

interface NewCa {
  readonly dataDirectory: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly keyType: KeyKindFor<"ca">;
}

function requireOneKind({ signedBy, request, profile, validity }: InitFlags): void {
  if (signedBy !== undefined && request !== undefined) {
    throw new UsageError(["--signed-by and --request cannot be used together"]);
  }
  if (profile !== undefined && signedBy === undefined) {
    throw new UsageError(["--profile needs --signed-by"], "The CA that signs decides the profile.");
  }
  if (validity !== undefined && request !== undefined) {
    throw new UsageError(
      ["--validity and --request cannot be used together"],
      "The CA that signs decides the validity.",
    );
  }
}

async function createRoot(world: World, flags: InitFlags): Promise<Outcome> {
  const { subject, validity = rootValidity } = flags;
  const { keyType, ...options } = await newCa(world, flags);
  const { date } = world.build;
  const built = date === undefined || flags.force ? undefined : new Date(date);
  const made = await init(world.system, { ...options, subject, keyType, validity, built });
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject: made.subject,
      algorithm: keyType,
      serial: "01",
      notAfter,
      certificate: made.certificatePath,
      key: made.keyPath,
      recovery: recoveryToJson(made.recovery),
    },
    notes: didRecover(made.recovery),
    lines: [
      "CA initialized successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Algorithm", keyKinds[keyType].name],
        ["Serial", "01"],
        ["Not After", notAfter],
        ["Certificate", made.certificatePath],
        ["Key", made.keyPath],
      ]),
      unencrypted(made.keyPath),
    ],
    warnings: made.warnings,
  };
}

async function createIntermediate(
  world: World,
  flags: InitFlags,
  signedBy: string,
): Promise<Outcome> {
  const { subject, validity, profile = "intermediate" } = flags;
  const { keyType, ...options } = await newCa(world, flags);
  const terms = { subject, keyType, signedBy, profile, validity };
  const made = await initSigned(world.system, { ...options, ...terms });
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject: made.subject,
      issuer: made.issuer,
      algorithm: keyType,
      serial: made.serial,
      notAfter,
      certificate: made.certificatePath,
      chain: made.chainPath,
      key: made.keyPath,
      recovery: recoveryToJson(made.recovery),
    },
    notes: didRecover(made.recovery),
    lines: [
      "CA initialized successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Issuer", made.issuer],
        ["Algorithm", keyKinds[keyType].name],
        ["Serial", made.serial],
        ["Not After", notAfter],
        ["Certificate", made.certificatePath],
        ["Chain", made.chainPath],
        ["Key", made.keyPath],
      ]),
      unencrypted(made.keyPath),
    ],
    warnings: made.warnings,
  };
}

async function createRequest(world: World, flags: InitFlags, request: string): Promise<Outcome> {
  const { subject } = flags;
  const { keyType, ...options } = await newCa(world, flags);
  const file = outputFile(request);
  const made = await initRequest(world.system, { ...options, subject, keyType, file });
  return {
    json: {
      subject: made.subject,
      algorithm: keyType,
      key: made.keyPath,
      csr: file ?? made.requestPath,
      request: made.request,
      recovery: recoveryToJson(made.recovery),
    },
    notes: [
      ...didRecover(made.recovery),
      ...(file === undefined ? [unencrypted(made.keyPath)] : []),
    ],
    lines: file === undefined ? made.request.trimEnd().split("\n") : [
      "CA request generated successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Algorithm", keyKinds[keyType].name],
        ["Key", made.keyPath],
        ["CSR", file],
      ]),
      unencrypted(made.keyPath),
    ],
    warnings: made.warnings,
  };
}

function unencrypted(keyPath: string): string {
  return `Warning: CA private key is stored unencrypted at ${visible(keyPath)}. Protect this file.`;
}
