/** The server name that a handshake asks for. */
import type { TlsEndpoint } from "../sight.ts";

/**
 * The DNS name for the server_name extension, without a trailing dot; `undefined` if there is none: an IP
 * address must not be sent (RFC 6066 section 3).
 */
export function serverNameFor({ host, serverName = host }: TlsEndpoint): string | undefined {
  const name = serverName.endsWith(".") ? serverName.slice(0, -1) : serverName;
  const isAddress = name.includes(":") || /^[\d.]*$/.test(name);
  return isAddress || !/^[!-~]{1,253}$/.test(name) ? undefined : name;
}
