/** `tls://host:port`: where a probe connects to. */
export interface ProbeTarget {
  /** A DNS name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `tls://host:port` or `tls://[::1]:port`; `undefined` for anything else. */
export function parseProbeUrl(written: string): ProbeTarget | undefined {
  const match = /^tls:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})\/?$/.exec(written);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) return undefined;
  return { host, port };
}

/** Whether a name can be asked for in a handshake: a DNS name, not an IP address (RFC 6066 section 3). */
export function isServerName(written: string): boolean {
  const isAddress = /^[\d.]+$/.test(written) || written.includes(":");
  return !isAddress && written.length <= 253 &&
    written.split(".").every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}
