/** An issuer that is a CA directory of certswap's own. The one place where the device and the CA meet. */
import { sign } from "../../ca/issue/mod.ts";
import type { System } from "../../system/mod.ts";
import type { Issuer } from "./issuer.ts";

/** An issuer `local`, as it is configured. */
export type LocalIssuer = {
  readonly kind: "local";
  /** The directory of a CA of certswap's, absolute. */
  readonly dataDirectory: string;
  /** Of the certificates that it signs, in milliseconds. */
  readonly validity: number;
};

/** Signs requests with the CA in a data directory. It shares this device's clock. */
export function localIssuer(
  system: System,
  { dataDirectory, validity }: LocalIssuer,
): Issuer {
  return {
    async ask({ requestPath, lockTimeout }) {
      const { issued: [certificate], warnings } = await sign(system, {
        dataDirectory,
        requests: [requestPath],
        validity,
        onBadRequest: "stop",
        lockTimeout,
      });
      if (certificate === undefined) throw new TypeError("signed, and nothing issued");
      return { kind: "issued", chain: certificate.chain, warnings };
    },
  };
}
