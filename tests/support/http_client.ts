/** A small HTTP client for load: one raw connection for each exchange, or one that is kept. */
import type { ListenAddress } from "../../lib/system/mod.ts";

/** What a client trusts and presents; `undefined`: plain HTTP. */
export interface ClientTls {
  /** PEM. */
  readonly caCerts: readonly string[];
  /** The certificate and key of the client, PEM. */
  readonly pair?: { readonly cert: string; readonly key: string } | undefined;
}

/** An answer. */
export interface RawAnswer {
  readonly status: number;
  /** The header fields, as they were received. */
  readonly head: string;
  readonly body: string;
}

/** The bytes of a request. @param line its method and path. */
export function requestBytes(
  line: string,
  { headers = {}, body = "" }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Uint8Array<ArrayBuffer> {
  const fields = Object.entries({ host: "localhost", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = body === "" ? "" : `content-length: ${body.length}\r\n`;
  return new TextEncoder().encode(`${line} HTTP/1.1\r\n${fields}${length}\r\n${body}`);
}

/** A connection that stays open. */
export class RawConnection {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(64 * 1024);
  readonly #decoder = new TextDecoder("latin1");

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects, with TLS if there is anything to trust. */
  static async open({ host, port }: ListenAddress, tls?: ClientTls): Promise<RawConnection> {
    if (tls === undefined) return new RawConnection(await Deno.connect({ hostname: host, port }));
    const connection = await Deno.connectTls({
      hostname: host,
      port,
      caCerts: [...tls.caCerts],
      ...tls.pair,
    });
    return new RawConnection(connection);
  }

  /** Sends a request, and reads its answer. @throws Error if the server closes before the answer ends. */
  async exchange(request: Uint8Array): Promise<RawAnswer> {
    await writeAll(this.#connection, request);
    let text = "";
    for (;;) {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) {
        const answer = answerIn(text, true);
        if (answer === undefined) throw new Error(`closed in the middle of an answer: ${text}`);
        return answer;
      }
      text += this.#decoder.decode(this.#buffer.subarray(0, count));
      const answer = answerIn(text, false);
      if (answer !== undefined) return answer;
    }
  }

  /** Closes it. */
  close(): void {
    this.#connection.close();
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** The answer in a text; `undefined`: it has not ended. Without a length, it ends with the connection. */
function answerIn(text: string, isClosed: boolean): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const body = text.slice(end + 4);
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    return isClosed || status === 204 || status === 304 ? { status, head, body } : undefined;
  }
  return body.length < Number(length) ? undefined : { status, head, body };
}

/** One exchange on a connection of its own. */
export async function exchangeOnce(
  address: ListenAddress,
  { request, tls }: { readonly request: Uint8Array; readonly tls?: ClientTls | undefined },
): Promise<RawAnswer> {
  const connection = await RawConnection.open(address, tls);
  try {
    return await connection.exchange(request);
  } finally {
    connection.close();
  }
}
