/** Requests and answers of HTTP/1.1 over one TLS connection. */
import { HttpAnswerError, TlsConnectionError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { HttpsAnswer, HttpsExchange, HttpsOptions, HttpsSession } from "../https_session.ts";
import type { TlsEndpoint } from "../sight.ts";

type TlsSocket = import("node:tls").TLSSocket;
type Agent = import("node:http").Agent;
type IncomingMessage = import("node:http").IncomingMessage;

/** The most bytes of an answer's header. */
const headerLimit = 32 * 1024;

/** What a connection consists of. */
interface Parts {
  readonly endpoint: TlsEndpoint;
  readonly connection: Connection;
  readonly socket: TlsSocket;
  /** Ends everything that waits for the server. */
  readonly controller: AbortController;
  readonly options: Pick<HttpsOptions, "timeLimit" | "bodyLimit">;
  /** DER, the server's own certificate first. */
  readonly chain: readonly Uint8Array[];
  /** What an error of the runtime means. */
  readonly errorOf: (endpoint: TlsEndpoint, error: unknown, signal: AbortSignal) => Error;
}

/** A connection on which requests are sent, one after the other. */
export class Exchanges implements HttpsSession {
  /** DER, the server's own certificate first. */
  readonly chain: readonly Uint8Array[];
  readonly #parts: Parts;
  readonly #agent: Agent;
  /** Rejected when the time is over. */
  readonly #stopped: Promise<never>;
  #isOpen = true;

  constructor(parts: Parts) {
    this.chain = parts.chain;
    this.#parts = parts;
    const { Agent } = globalThis.process.getBuiltinModule("node:http");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Every request goes over the connection that was judged: there is no other.
    const once = { socket: parts.socket as TlsSocket | undefined };
    Object.assign(agent, {
      // node:http asks again, and catches nothing, if the server ends the connection instead of an answer.
      createConnection: (_options: unknown, answer: (error: Error) => void) => {
        const { socket } = once;
        once.socket = undefined;
        if (socket === undefined) {
          queueMicrotask(() => answer(new TlsConnectionError(parts.endpoint, "handshake")));
        }
        return socket;
      },
    });
    this.#agent = agent;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.#stopped = promise;
    const { signal } = parts.controller;
    signal.addEventListener("abort", () => reject(signal.reason));
    for (const event of ["close", "end", "error"]) {
      parts.socket.on(event, () => this.#isOpen = false);
    }
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  async send(exchange: HttpsExchange): Promise<HttpsAnswer> {
    const { endpoint, controller, options, errorOf } = this.#parts;
    const timer = setTimeout(() => controller.abort(), options.timeLimit);
    try {
      return await Promise.race([this.#stopped, this.#exchange(exchange)]);
    } catch (error) {
      this.close();
      if (error instanceof HttpAnswerError) throw error;
      if (!controller.signal.aborted && isAboutHttp(error)) throw new HttpAnswerError("malformed");
      throw errorOf(endpoint, error, controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(exchange: HttpsExchange): Promise<HttpsAnswer> {
    const answer = await this.#ask(exchange);
    const { statusCode: status = 0, headers } = answer;
    if (headers.connection?.toLowerCase() === "close") this.#isOpen = false;
    const body = await bodyOf(answer, this.#parts.options.bodyLimit);
    return { status, headers: fieldsOf(headers), body };
  }

  #ask({ method, path, headers, body }: HttpsExchange): Promise<IncomingMessage> {
    const { request } = globalThis.process.getBuiltinModule("node:http");
    const { endpoint: { host, port } } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const authority = host.includes(":") ? `[${host}]` : host;
    const asked = request({
      agent: this.#agent,
      method,
      path,
      maxHeaderSize: headerLimit,
      setHost: false,
      headers: {
        Host: port === 443 ? authority : `${authority}:${port}`,
        ...headers,
        ...(body === undefined ? {} : { "Content-Length": String(body.length) }),
      },
    }, resolve);
    asked.on("error", reject);
    asked.on("close", () => reject(new Error("closed")));
    asked.end(body);
    return promise;
  }

  close(): void {
    const { socket, connection } = this.#parts;
    this.#isOpen = false;
    this.#agent.destroy();
    socket.destroy();
    connection.close();
  }
}

/** Whether node:http could not read the answer. */
function isAboutHttp(error: unknown): boolean {
  const { code = "" } = error as { readonly code?: string };
  return code.startsWith("HPE_") || code === "ERR_HTTP_INVALID_STATUS_CODE";
}

function fieldsOf(headers: IncomingMessage["headers"]): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name.toLowerCase(), first] as const];
    }),
  );
}

/** The body, which no server can make larger than the limit. @throws HttpAnswerError */
async function bodyOf(answer: IncomingMessage, limit: number): Promise<Uint8Array> {
  if (Number(answer.headers["content-length"] ?? 0) > limit) throw new HttpAnswerError("too-large");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += chunk.length;
    if (length > limit) throw new HttpAnswerError("too-large");
    chunks.push(chunk);
  }
  if (!answer.complete) throw new HttpAnswerError("cut-off");
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
