/** `certswap ca intermediate request`: prints a request to renew an intermediate. */
import { requestRenewal } from "../../../../ca/hierarchy/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  outputFile,
  type PassphraseFlags,
  passphraseOf,
} from "../../../declaration/mod.ts";
import { linesOf, rows } from "../../../text.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca intermediate request`. */
export interface IntermediateRequestFlags extends DataDirectoryFlags, PassphraseFlags, CommonFlags {
  readonly out?: string;
}

/** `certswap ca intermediate request`. */
export default async function intermediateRequestCommand(
  world: World,
  flags: IntermediateRequestFlags,
): Promise<Outcome> {
  const file = outputFile(flags.out);
  const location = {
    dataDirectory: dataDirectory(world, flags),
    passphrase: passphraseOf(world, flags),
  };
  const { subject, request } = await requestRenewal(world.system, { ...location, file });
  return {
    json: { subject, request, csr: file ?? null },
    lines: file === undefined ? linesOf(request) : [
      "CSR generated successfully.",
      ...rows([["Subject", subject], ["CSR", file]]),
    ],
  };
}
