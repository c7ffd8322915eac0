/** The issuer `local`: a CA directory of certswap. The only place where the device uses the CA. */
import { sign } from "../../ca/issue/mod.ts";
import { readSecretFile, type System } from "../../system/mod.ts";
import type { Issuer } from "./issuer.ts";

/** The configuration of an issuer `local`. */
export type LocalIssuer = {
  readonly kind: "local";
  /** The data directory of a certswap CA, absolute. */
  readonly dataDirectory: string;
  /** A file whose first line is the passphrase of the CA's key; `undefined` if the key is not encrypted. */
  readonly passphraseFile?: string | undefined;
  /** The validity of the certificates that it signs, in milliseconds. */
  readonly validity: number;
};

/** Signs requests with the CA in a data directory. It shares this device's clock. */
export function localIssuer(
  system: System,
  { dataDirectory, passphraseFile, validity }: LocalIssuer,
): Issuer {
  return {
    async ask({ requestPath, lockTimeout }) {
      const { issued: [certificate], warnings } = await sign(system, {
        dataDirectory,
        requests: [requestPath],
        validity,
        onBadRequest: "stop",
        lockTimeout,
        passphrase: passphraseFile === undefined
          ? undefined
          : () => readSecretFile(system, { path: passphraseFile, kind: "passphrase" }),
      });
      if (certificate === undefined) throw new TypeError("signed, and nothing issued");
      return { kind: "issued", chain: certificate.chain, warnings };
    },
  };
}
