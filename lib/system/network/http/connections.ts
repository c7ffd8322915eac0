/** Counts the connections of a server and of each client. */

/**
 * The part of an address by which clients are told apart: an IPv4 address, or the first 64 bits of an IPv6
 * address, which one client usually has all of (RFC 6177).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { clientKey } from "./connections.ts";
 *
 * assert.equal(clientKey("::ffff:192.0.2.1"), "192.0.2.1");
 * assert.equal(clientKey("2001:db8::1"), "2001:db8:0:0");
 * ```
 */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [written = ""] = address.split("%");
  const [head = "", tail] = written.split("::");
  const words = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  while (tail !== undefined && words.length + last.length < 8) words.push("0");
  return [...words, ...last].slice(0, 4).map((word) => word.toLowerCase()).join(":");
}

/** The connections of a server, by client. */
export class ConnectionCount {
  readonly #most: { readonly all: number; readonly ofOne: number };
  readonly #byClient = new Map<string, number>();
  #all = 0;

  constructor(most: { readonly all: number; readonly ofOne: number }) {
    this.#most = most;
  }

  /** How many there are. */
  get all(): number {
    return this.#all;
  }

  /** Counts a new connection. @returns why it must be refused; `undefined` if it was counted. */
  enter(client: string): "connections" | "connections-per-address" | undefined {
    if (this.#all >= this.#most.all) return "connections";
    const key = clientKey(client);
    const count = this.#byClient.get(key) ?? 0;
    if (count >= this.#most.ofOne) return "connections-per-address";
    this.#byClient.set(key, count + 1);
    this.#all++;
    return undefined;
  }

  /** A connection that was counted is closed. */
  leave(client: string): void {
    const key = clientKey(client);
    const count = this.#byClient.get(key) ?? 0;
    if (count <= 1) this.#byClient.delete(key);
    else this.#byClient.set(key, count - 1);
    this.#all--;
  }
}
