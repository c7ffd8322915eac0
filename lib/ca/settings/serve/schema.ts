/** The schema of the table `[serve]` of `ca.toml`. */
import * as v from "valibot";
import { day, type ListenAddress, readDuration } from "../../../system/mod.ts";
import * as words from "../../../toml/read/mod.ts";
import { encodeAlternativeName, parseIpAddress } from "../../../x509/mod.ts";
import type { SettingExpectation } from "../errors.ts";

/**
 * Reads an address to listen on: `0.0.0.0:8443`, `[::1]:9090`, `localhost:80`. `localhost` is 127.0.0.1: the
 * permission to listen on a name does not include the address that it leads to.
 *
 * @returns `undefined` for anything else: a name could lead to other addresses tomorrow.
 */
export function readListenAddress(written: string): ListenAddress | undefined {
  const { host = "", ip6, port } =
    /^(?:\[(?<ip6>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>[1-9]\d{0,4})$/.exec(written)?.groups ?? {};
  const number = Number(port);
  const isHost = ip6 === undefined
    ? host === "localhost" || (parseIpAddress(host) !== undefined && !host.includes(":"))
    : ip6.includes(":") && parseIpAddress(ip6) !== undefined;
  if (!isHost || number > 65_535) return undefined;
  return { host: ip6 ?? (host === "localhost" ? "127.0.0.1" : host), port: number };
}

/** Whether only this machine can reach an address (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export function isLoopback({ host }: ListenAddress): boolean {
  return host.startsWith("127.") || host === "::1";
}

const address = words.text("listen-address" satisfies SettingExpectation, readListenAddress);

/** The alternative name for a name of a server: an IP address, or a DNS name. */
export function serverName(written: string): string {
  return `${parseIpAddress(written) === undefined ? "DNS" : "IP"}:${written}`;
}

const name = words.string(
  "server-names" satisfies SettingExpectation,
  (written) =>
    /^[A-Za-z0-9:._-]+$/.test(written) && encodeAlternativeName(serverName(written)).length > 0,
);

function whole(least: number, most: number) {
  const expected: SettingExpectation = "count";
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

/** The table `[serve]`. */
export const serveTable = v.object({
  est: v.exactOptional(address),
  http: v.exactOptional(address),
  admin: v.exactOptional(address),
  admin_password_file: v.exactOptional(words.path),
  admin_client_ca: v.exactOptional(words.path),
  names: v.exactOptional(words.oneOrMore(name, "server-names" satisfies SettingExpectation)),
  certificate: v.exactOptional(words.path),
  key: v.exactOptional(words.path),
  connections: v.exactOptional(whole(1, 100_000)),
  connections_per_address: v.exactOptional(whole(1, 100_000)),
  requests_per_minute: v.exactOptional(whole(1, 1_000_000)),
}, "table" satisfies SettingExpectation);

/** How long after its end a certificate may be renewed: whole seconds, at most ten years. */
const grace = words.text("grace" satisfies SettingExpectation, (written) => {
  const milliseconds = readDuration(written);
  return milliseconds !== undefined && milliseconds <= 3660 * day ? milliseconds : undefined;
});

/** The table `[est]`. */
export const estTable = v.object({
  superseded: v.exactOptional(
    v.picklist(["keep", "revoke"], "superseded" satisfies SettingExpectation),
  ),
  expired_grace: v.exactOptional(grace),
  by_hand: v.exactOptional(v.boolean("boolean" satisfies SettingExpectation)),
  predecessor: v.exactOptional(words.path),
}, "table" satisfies SettingExpectation);

/** The result of {@linkcode estTable}. */
export type EstTable = v.InferOutput<typeof estTable>;

/** The result of {@linkcode serveTable}. */
export type ServeTable = v.InferOutput<typeof serveTable>;
