/** `certswap ca rollover start`: starts the replacement of a CA, and reports it. */
import { startRollover } from "../../../../ca/rollover/mod.ts";
import { shellWord } from "../../../../system/mod.ts";
import type { KeyKindFor } from "../../../../x509/mod.ts";
import type { StoreKind } from "../../../choices.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { flagsText } from "../../../given_flags.ts";
import { visible } from "../../../text.ts";
import { builtOf, type World } from "../../../world.ts";
import { signingCa, type SigningFlags } from "../ca_options.ts";
import { stepOutcome } from "./text.ts";

/** The flags of `certswap ca rollover start`. */
export interface StartFlags extends SigningFlags, CommonFlags {
  readonly next: string;
  readonly subject?: string;
  readonly keyAlgorithm?: KeyKindFor<"ca">;
  /** Milliseconds. */
  readonly validity: number;
  readonly store?: StoreKind;
  readonly cross?: string;
  /** Accept any clock. */
  readonly force: boolean;
}

/** `certswap ca rollover start`. */
export default async function startCommand(world: World, flags: StartFlags): Promise<Outcome> {
  const { next, subject, validity, store, cross } = flags;
  const { settings, ...options } = await signingCa(world, flags, [cross]);
  const report = await startRollover(world.system, {
    ...options,
    next,
    subject,
    keyType: flags.keyAlgorithm ?? settings.defaults.keyKind ?? "ecdsa-p256",
    validity,
    store,
    built: flags.force ? undefined : builtOf(world),
    crossFile: cross,
  });
  const directory = visible(shellWord(options.dataDirectory));
  const ofNext = flagsText({ dataDir: report.next });
  const outcome = stepOutcome(report, [
    report.isNextNew
      ? `Rollover started. The next CA is in ${visible(report.next)}.`
      : `Rollover started. The next CA is the one in ${visible(report.next)}.`,
    "Clients get the certificates of both CAs. This CA continues to issue.",
    "If 'certswap ca serve' of this CA is running, restart it: only then can it write to the next CA. If " +
    `it is a systemd service, run 'certswap install systemd --ca ${directory}' instead, then the ` +
    "commands that it prints: they restart the server.",
    `Publish a CRL of the next CA: certswap ca crl ${ofNext}, or run 'certswap ca serve ${ofNext}'.`,
    "Next: certswap ca rollover switch, when devices have fetched the certificates of both CAs. " +
    "To see how many have: certswap ca rollover status",
    "To undo it: certswap ca rollover cancel",
  ], flags);
  return { ...outcome, json: { ...outcome.json, created: report.isNextNew } };
}
