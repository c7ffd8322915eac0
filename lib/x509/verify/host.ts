/** Whether a certificate is for a host (RFC 9525 6). */
import { bytesEqual } from "../encoding/mod.ts";
import { parseIpAddress } from "../name/mod.ts";
import type { Certificate } from "../read/mod.ts";

/**
 * Whether one of the alternative names is this host. A common name does not count (RFC 9525 6.3). A wildcard
 * is only the whole first label, and matches one label.
 *
 * @param host a DNS name, or an IP address without brackets.
 */
export function certifiesHost({ subjectAltName }: Certificate, host: string): boolean {
  const address = parseIpAddress(host);
  if (address !== undefined) {
    return subjectAltName.some((name) => name.kind === "ip" && bytesEqual(name.address, address));
  }
  const wanted = withoutDot(host);
  const parent = wanted.slice(wanted.indexOf(".") + 1);
  return subjectAltName.some((name) => {
    if (name.kind !== "dns") return false;
    const found = withoutDot(name.text);
    return found === wanted ||
      found === `*.${parent}` && parent !== wanted && parent.includes(".");
  });
}

function withoutDot(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
