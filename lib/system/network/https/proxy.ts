/** Connects through an HTTP proxy (RFC 9110 9.3.6), as `https_proxy` and `no_proxy` say. */
import { TlsConnectionError } from "../../errors.ts";
import type { EnvironmentName } from "../../process/mod.ts";
import { Connection } from "../connection.ts";
import type { TlsEndpoint } from "../sight.ts";

/** A proxy. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization. Secret. */
  readonly authorization: string | undefined;
}

/** The largest answer of a proxy, in bytes. */
const answerLimit = 16 * 1024;

/**
 * The proxy for a server, from the environment: `https_proxy=http://[USER:PASSWORD@]HOST:PORT`. `no_proxy`
 * names hosts, or domains, that are reached without it, separated by commas; `*` names all.
 *
 * @returns `undefined` if there is none.
 * @throws TlsConnectionError if the variable cannot be read.
 */
export function proxyFor(
  endpoint: TlsEndpoint,
  environment: (name: EnvironmentName) => string | undefined,
): Proxy | undefined {
  const written = environment("https_proxy")?.trim() ?? "";
  if (written === "" || isExempt(endpoint.host, environment("no_proxy") ?? "")) return undefined;
  const text = written.includes("://") ? written : `http://${written}`;
  const url = URL.parse(text);
  if (url === null || url.protocol !== "http:" || url.hostname === "") {
    throw new TlsConnectionError(endpoint, "proxy-variable");
  }
  const { hostname, port, username, password } = url;
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 80 : Number(port),
    authorization: username === "" ? undefined : basic(username, password, endpoint),
  };
}

function basic(username: string, password: string, endpoint: TlsEndpoint): string {
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${new TextEncoder().encode(text).toBase64()}`;
  } catch {
    throw new TlsConnectionError(endpoint, "proxy-variable");
  }
}

function isExempt(host: string, list: string): boolean {
  const name = host.toLowerCase();
  return list.split(",").map((entry) => entry.trim().toLowerCase()).some((entry) => {
    if (entry === "*") return true;
    const domain = entry.replace(/^\*?\./, "").replace(/^\[(.*)\]$/, "$1");
    return domain !== "" && (name === domain || name.endsWith(`.${domain}`));
  });
}

/**
 * Opens a connection to a server through a proxy.
 *
 * @param signal ends the connection, and everything that waits for it.
 * @throws TlsConnectionError
 */
export async function connectThrough(
  { host, port, authorization }: Proxy,
  endpoint: TlsEndpoint,
  signal: AbortSignal,
): Promise<Connection> {
  const connection = await Connection.open({ host, port }, signal).catch((cause) => {
    // Not the server's: it was not asked.
    throw cause instanceof TlsConnectionError && !signal.aborted
      ? new TlsConnectionError(endpoint, "proxy-unreachable", { cause })
      : cause;
  });
  try {
    const target = `${
      endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host
    }:${endpoint.port}`;
    const lines = [
      `CONNECT ${target} HTTP/1.1`,
      `Host: ${target}`,
      ...authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`],
    ];
    await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    const head = await readHead(connection, endpoint);
    const [status = ""] = head.split("\r\n");
    // A server does not speak before its client: what comes behind the answer is not TLS.
    if (!/^HTTP\/1\.[01] 2\d\d(?: |$)/.test(status) || !head.endsWith("\r\n\r\n")) {
      throw new TlsConnectionError(endpoint, "proxy", {
        said: status.slice(0, 200).toWellFormed(),
      });
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function readHead(connection: Connection, endpoint: TlsEndpoint): Promise<string> {
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const chunk = await connection.read();
    if (chunk === undefined || head.length > answerLimit) {
      throw new TlsConnectionError(endpoint, "proxy", { said: "" });
    }
    head += new TextDecoder("latin1").decode(chunk);
  }
  return head;
}
