/** An issuer that is a CA directory of certswap's own. The one place where the device and the CA meet. */
import { sign } from "../../ca/issue/mod.ts";
import { readFile, type System } from "../../system/mod.ts";
import { certificateFileLimit } from "../../x509/mod.ts";
import type { Issuer } from "./issuer.ts";

/** An issuer `local`, as it is configured. */
export type LocalIssuer = {
  readonly kind: "local";
  /** The directory of a CA of certswap's, absolute. */
  readonly dataDirectory: string;
  /** Of the certificates it signs. */
  readonly validityDays: number;
};

/** Signs requests with the CA in a data directory. It shares this device's clock. */
export function localIssuer(
  system: System,
  { dataDirectory, validityDays }: LocalIssuer,
): Issuer {
  return {
    async ask({ requestPath, lockTimeout }) {
      const { issued: [certificate] } = await sign(system, {
        dataDirectory,
        requests: [requestPath],
        validity: validityDays,
        onBadRequest: "stop",
        lockTimeout,
      });
      if (certificate === undefined) throw new TypeError("signed, and nothing issued");
      // The root signs leaves itself: there is nothing between them that the service would have to send.
      const { content } = readFile(system.files, certificate.path, certificateFileLimit);
      return { kind: "issued", chain: content };
    },
  };
}
