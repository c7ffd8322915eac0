/** The exchange before TLS starts: lines and bytes, sent and received. */
import { TlsConnectionError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import { firstLine } from "../tls/mod.ts";

/** The most that is read from a server before TLS starts, in bytes. */
const dialogueLimit = 64 * 1024;

/** The part of a connection that is used here. */
export type Channel = Pick<Connection, "endpoint" | "localAddress" | "read" | "write">;

/** A conversation with a server that is to start TLS. */
export class Dialogue {
  readonly connection: Channel;
  readonly #received = new Uint8Array(dialogueLimit);
  #begin = 0;
  #end = 0;

  constructor(connection: Channel) {
    this.connection = connection;
  }

  /** Sends a line, or bytes as they are. */
  async send(what: string | Uint8Array): Promise<void> {
    const bytes = typeof what === "string" ? new TextEncoder().encode(`${what}\r\n`) : what;
    await this.connection.write(bytes);
  }

  /** Reads a line without its end. Bytes that are not UTF-8 are replaced. */
  async readLine(): Promise<string> {
    return decode(await this.#readThrough("\n")).trimEnd();
  }

  /** Reads up to and including a text. */
  async readThrough(text: string): Promise<string> {
    return decode(await this.#readThrough(text));
  }

  /** Reads this many bytes. */
  async readBytes(count: number): Promise<Uint8Array> {
    while (this.#end - this.#begin < count) await this.#readMore();
    return this.#take(this.#begin + count);
  }

  /**
   * Insists that the server has sent nothing beyond its answer: more could only have been injected by a
   * third party (CVE-2011-0411).
   */
  finish(): void {
    if (this.#end > this.#begin) this.refuse("more than its answer");
  }

  /**
   * Gives up because the server did not start TLS.
   *
   * @param said what the server said, to be bounded here.
   */
  refuse(said: string | Uint8Array): never {
    const bytes = typeof said === "string" ? new TextEncoder().encode(said) : said;
    throw new TlsConnectionError(this.connection.endpoint, "starttls", {
      said: firstLine(bytes) || undefined,
    });
  }

  /** All that the server has said. */
  get heard(): Uint8Array {
    return this.#received.subarray(0, this.#end);
  }

  async #readThrough(text: string): Promise<Uint8Array> {
    const wanted = new TextEncoder().encode(text);
    for (let from = this.#begin;;) {
      const at = indexOf(this.#received.subarray(0, this.#end), wanted, from);
      if (at !== undefined) return this.#take(at + wanted.length);
      // Each byte is searched once, however small the pieces are; only a possible start of the text is kept.
      from = Math.max(this.#begin, this.#end - wanted.length + 1);
      await this.#readMore();
    }
  }

  #take(end: number): Uint8Array {
    const taken = this.#received.slice(this.#begin, end);
    this.#begin = end;
    return taken;
  }

  async #readMore(): Promise<void> {
    const chunk = await this.connection.read();
    const unread = this.#received.subarray(this.#begin, this.#end);
    if (chunk === undefined || chunk.length > dialogueLimit - this.#end) this.refuse(unread);
    this.#received.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number | undefined {
  const [first = 0] = wanted;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + wanted.length > bytes.length) return undefined;
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return undefined;
}
