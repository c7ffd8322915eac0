/** The serial number of a device's active certificate. */
import { readCertificate } from "../../../lib/x509/mod.ts";
import type { FleetDevice } from "./fleet.ts";

/** As `certswap` prints it: lowercase hexadecimal. */
export async function serialOf({ certificate }: FleetDevice): Promise<string> {
  const pem = await Deno.readTextFile(certificate);
  const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem) ?? [];
  return readCertificate(Uint8Array.fromBase64(base64.replaceAll(/\s/g, ""))).serialNumber;
}
