/** The issuer `local`: a CA directory of certswap. The only place where the device uses the CA. */
import { sign } from "../../ca/issue/mod.ts";
import type { System } from "../../system/mod.ts";
import type { Issuer } from "./issuer.ts";

/** The configuration of an issuer `local`. */
export type LocalIssuer = {
  readonly kind: "local";
  /** The data directory of a certswap CA, absolute. */
  readonly dataDirectory: string;
  /** The validity of the certificates that it signs, in milliseconds; `undefined`: that of the profile. */
  readonly validity: number | undefined;
  /** The name of a profile of the CA; `undefined`: its default one. */
  readonly profile?: string | undefined;
};

/** Signs requests with the CA in a data directory. It shares this device's clock. */
export function localIssuer(
  system: System,
  { dataDirectory, validity, profile }: LocalIssuer,
): Issuer {
  return {
    async ask({ requestPath, lockTimeout, environment }) {
      const { issued: [certificate], warnings } = await sign(system, {
        dataDirectory,
        requests: [requestPath],
        validity,
        profile,
        onBadRequest: "stop",
        lockTimeout,
        // A pair asks again because its certificate is to be replaced: that is never a duplicate.
        isRenewal: true,
        onBehalfOf: `pair ${environment["CERTSWAP_NAME"] ?? ""}`,
      });
      if (certificate === undefined) throw new TypeError("signed, and nothing issued");
      return { kind: "issued", chain: certificate.chain, warnings };
    },
  };
}
