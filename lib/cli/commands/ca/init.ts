/** `certswap ca init`: creates a CA and reports it. */
import { init } from "../../../ca/mod.ts";
import { initRequest, initSigned } from "../../../ca/hierarchy/mod.ts";
import { type KeyKindFor, keyKinds } from "../../../x509/mod.ts";
import {
  type CommonFlags,
  firstPassphraseOf,
  outputFile,
  type PassphraseFlags,
  passphraseOf,
} from "../../declaration/mod.ts";
import { day, formatTime, present } from "../../../system/mod.ts";
import type { StoreKind } from "../../choices.ts";
import { UsageError } from "../../errors.ts";
import { linesOf, rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import { builtOf, type World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";
import { passphraseAdvice, unencryptedText } from "./key/mod.ts";

/** The flags of `certswap ca init`. */
export interface InitFlags extends CaFlags, PassphraseFlags, CommonFlags {
  readonly subject: string;
  readonly keyAlgorithm?: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity?: number;
  /** The data directory of the CA that signs. */
  readonly signedBy?: string;
  readonly profile?: string;
  readonly request?: string;
  readonly store: StoreKind;
  readonly encryptKey: boolean;
  readonly signerPassphraseFile?: string;
  /** As a path. */
  readonly signerPassphraseFd?: string;
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
  const newPassphrase = wantedPassphrase(world, flags);
  const keyType = flags.keyAlgorithm ?? settings.defaults.keyKind ?? "ecdsa-p256";
  return { ...options, store: flags.store, keyType, newPassphrase };
}

interface NewCa {
  readonly dataDirectory: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly store: StoreKind;
  readonly keyType: KeyKindFor<"ca">;
  /** `undefined`: the key is not to be encrypted. */
  readonly newPassphrase: ReturnType<typeof firstPassphraseOf> | undefined;
}

function requireOneKind(flags: InitFlags): void {
  const { signedBy, request, profile, validity } = flags;
  if (signedBy === undefined && (flags.signerPassphraseFile ?? flags.signerPassphraseFd)) {
    throw new UsageError(["the passphrase of a signer needs --signed-by"]);
  }
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
  const built = flags.force ? undefined : builtOf(world);
  const made = await init(world.system, {
    ...options,
    subject,
    keyType,
    validity,
    built,
  });
  const notAfter = formatTime(made.notAfter);
  return {
    json: {
      subject: made.subject,
      algorithm: keyType,
      serial: "01",
      notAfter,
      certificate: made.certificatePath,
      key: made.keyPath,
      encrypted: flags.encryptKey,
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
      keptText(made.keyPath, flags),
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
  const signerPassphrase = passphraseOf(
    world,
    present({
      dataDir: signedBy,
      passphraseFile: flags.signerPassphraseFile,
      passphraseFd: flags.signerPassphraseFd,
    }),
    [flags.passphraseFd],
  );
  const terms = { subject, keyType, signedBy, signerPassphrase, profile, validity };
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
      keptText(made.keyPath, flags),
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
      ...(file === undefined ? [keptText(made.keyPath, flags)] : []),
    ],
    lines: file === undefined ? linesOf(made.request) : [
      "CA request generated successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Algorithm", keyKinds[keyType].name],
        ["Key", made.keyPath],
        ["CSR", file],
      ]),
      keptText(made.keyPath, flags),
    ],
    warnings: made.warnings,
  };
}

function keptText(keyPath: string, { encryptKey }: InitFlags): string {
  return encryptKey
    ? `CA private key is stored encrypted at ${visible(keyPath)}. ${passphraseAdvice}`
    : unencryptedText(keyPath);
}

/** The passphrase for the new key; `undefined` if it is not to be encrypted. */
function wantedPassphrase(
  world: World,
  flags: InitFlags,
): ReturnType<typeof firstPassphraseOf> | undefined {
  if (flags.encryptKey) return firstPassphraseOf(world, flags);
  const given = flags.passphraseFile !== undefined ? "--passphrase-file" : "--passphrase-fd";
  if (flags.passphraseFile === undefined && flags.passphraseFd === undefined) return undefined;
  // The key would be in the clear, in spite of the passphrase.
  throw new UsageError([`${given} is given without --encrypt-key`], "Add --encrypt-key.");
}
