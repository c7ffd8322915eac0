/** A TCP connection that ends when its time is over. */
import { TlsConnectionError } from "../errors.ts";
import type { TlsEndpoint } from "./sight.ts";

/** The most that is read at a time, in bytes: a TLS record and its header fit (RFC 8446 section 5.1). */
const chunkSize = 17 * 1024;

/** A TCP connection. Nothing is read before it is asked for, so a server cannot fill the memory. */
export class Connection {
  readonly endpoint: TlsEndpoint;
  readonly #socket: Deno.TcpConn;
  readonly #signal: AbortSignal;

  private constructor(endpoint: TlsEndpoint, socket: Deno.TcpConn, signal: AbortSignal) {
    this.endpoint = endpoint;
    this.#socket = socket;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.close());
    if (signal.aborted) this.close();
  }

  /**
   * Connects.
   *
   * @param signal ends the connection, and everything that waits for it.
   * @throws TlsConnectionError if it cannot connect, or if the signal was raised.
   */
  static async open(endpoint: TlsEndpoint, signal: AbortSignal): Promise<Connection> {
    const { host: hostname, port } = endpoint;
    try {
      return new Connection(endpoint, await Deno.connect({ hostname, port, signal }), signal);
    } catch (cause) {
      const reason = signal.aborted ? "time-limit" : reasonOf(cause);
      if (reason === undefined) throw cause;
      throw new TlsConnectionError(endpoint, reason, { cause });
    }
  }

  /** Our own IP address. */
  get localAddress(): string {
    return this.#socket.localAddr.hostname;
  }

  /**
   * Reads what the server sends next.
   *
   * @returns `undefined` if it has ended the connection, with or without a reset.
   * @throws TlsConnectionError if the time is over.
   */
  async read(): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(chunkSize);
    try {
      const count = await this.#socket.read(bytes);
      return count === null ? undefined : bytes.subarray(0, count);
    } catch (cause) {
      this.#requireTime(cause);
      return undefined;
    }
  }

  /**
   * Sends all bytes. Nothing is sent to a server that has ended the connection: what it sent before can still
   * be read.
   *
   * @throws TlsConnectionError if the time is over.
   */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(bytes.subarray(sent));
      }
    } catch (cause) {
      this.#requireTime(cause);
    }
  }

  /** Ends the connection. It may have been ended before. */
  close(): void {
    try {
      this.#socket.close();
    } catch {
      // It was closed when its time was over.
    }
  }

  #requireTime(cause: unknown): void {
    if (this.#signal.aborted) throw new TlsConnectionError(this.endpoint, "time-limit", { cause });
  }
}

/**
 * Does work with a time limit: a signal tells it when its time is over.
 *
 * @param milliseconds for all of it.
 */
export async function withTimeLimit<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** `undefined` for what is a defect, such as a missing permission. */
function reasonOf(error: unknown): TlsConnectionError["reason"] | undefined {
  if (error instanceof Deno.errors.NotCapable || error instanceof RangeError) return undefined;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ECONNREFUSED") return "refused";
  // getaddrinfo(3) and a host name that cannot be one: Deno gives these no code.
  const isNameUnknown = error instanceof URIError || String(message).includes("lookup address");
  return isNameUnknown ? "unknown-host" : "unreachable";
}
