/** `certswap ca request`: creates a key and a request for it. */
import { request } from "../../../ca/mod.ts";
import { type KeyKindFor, keyKinds } from "../../../x509/mod.ts";
import { rows } from "../../text.ts";
import type { CommonFlags } from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca request`. */
export interface RequestFlags extends CommonFlags {
  readonly subject: string;
  readonly outKey: string;
  readonly outCsr: string;
  readonly san?: string;
  readonly keyAlgorithm: KeyKindFor<"leaf">;
}

/** `certswap ca request`. */
export default async function requestCommand(
  { system }: World,
  flags: RequestFlags,
): Promise<Outcome> {
  const { subject, outKey, outCsr, san, keyAlgorithm } = flags;
  if (outKey === outCsr) throw new UsageError(["--out-key and --out-csr name the same file"]);
  const made = await request(system, {
    subject,
    alternativeNames: san,
    keyType: keyAlgorithm,
    keyPath: outKey,
    requestPath: outCsr,
  });
  return {
    json: { subject: made.subject, algorithm: keyAlgorithm, key: outKey, csr: outCsr },
    lines: [
      "CSR generated successfully.",
      ...rows([
        ["Subject", made.subject],
        ["Algorithm", keyKinds[keyAlgorithm].name],
        ["Key", outKey],
        ["CSR", outCsr],
      ]),
    ],
  };
}
