/** Connects to a PostgreSQL server and logs in. */
import { present } from "../../present.ts";
import { type Client, newClient } from "./client.ts";
import {
  DatabaseConnectionError,
  DatabaseLoginError,
  DatabasePasswordError,
} from "../postgres_errors.ts";
import type { PostgresOptions, PostgresPlace } from "../postgres_options.ts";
import { secured } from "./secure.ts";

type Socket = import("node:net").Socket;

/**
 * Connects, has the server judged if there is TLS, and logs in. Nothing secret is sent before that.
 *
 * @throws DatabaseConnectionError, DatabaseLoginError, DatabasePasswordError
 */
export async function connect(options: PostgresOptions): Promise<Client> {
  const { place, limits } = options;
  const { promise: timeOver, reject } = Promise.withResolvers<never>();
  let socket: Socket | undefined;
  const timer = setTimeout(() => {
    reject(new DatabaseConnectionError(place, "time-limit"));
    socket?.destroy();
  }, limits.connect);
  const work = async (): Promise<Client> => {
    socket = await open(place, (early) => socket = early);
    return await logIn(socket, options);
  };
  try {
    return await Promise.race([work(), timeOver]);
  } catch (error) {
    socket?.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the place is a directory with a socket. */
export function isSocket({ host }: PostgresPlace): boolean {
  return host.startsWith("/");
}

/** The path of the socket of a server (PostgreSQL, `unix_socket_directories`). */
function socketPath({ host, port }: PostgresPlace): string {
  return `${host}/.s.PGSQL.${port}`;
}

async function open(place: PostgresPlace, onStart: (socket: Socket) => void): Promise<Socket> {
  const net = globalThis.process.getBuiltinModule("node:net");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { host, port } = place;
  const socket = isSocket(place)
    ? net.connect({ path: socketPath(place) })
    : net.connect({ host, port });
  onStart(socket);
  // node:net writes small packets late otherwise: each round trip would take 40 ms.
  socket.setNoDelay(true);
  socket.once("connect", resolve);
  socket.once("error", reject);
  try {
    await promise;
  } catch (cause) {
    const reason = reasonOf(cause);
    if (reason === undefined) throw cause;
    throw new DatabaseConnectionError(place, reason, { cause });
  }
  socket.off("error", reject);
  // What waits for it hears of the end of the connection.
  socket.on("error", () => {});
  return socket;
}

/** `undefined` for what is a defect, such as a missing permission. */
function reasonOf(error: unknown): DatabaseConnectionError["reason"] | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (error instanceof Deno.errors.NotCapable || code === "ERR_INVALID_ARG_TYPE") return undefined;
  if (code === "ECONNREFUSED") return "refused";
  if (code === "ENOENT") return "no-socket";
  const isNameUnknown = code === "ENOTFOUND" || code === "EAI_AGAIN" ||
    String(message).includes("lookup address");
  return isNameUnknown ? "unknown-host" : "unreachable";
}

async function logIn(socket: Socket, options: PostgresOptions): Promise<Client> {
  const { place, user, database, password, tls, limits, schema } = options;
  let refusal: DatabasePasswordError | undefined;
  const stream = tls === undefined ? socket : await secured(socket, place, tls);
  const client = newClient(stream, {
    ...present({ user, database }),
    options: sessionOptions(schema),
    "statement_timeout": limits.statement,
    isProtected: tls !== undefined || isSocket(place),
    password: () => {
      const found = password === undefined ? undefined : textOf(password);
      if (found !== undefined) return found;
      const reason = password === undefined ? "missing" : "not-text";
      throw refusal = new DatabasePasswordError({ place, user }, reason);
    },
    onRefused: (reason) => refusal = new DatabasePasswordError({ place, user }, reason),
  });
  try {
    await client.connect();
  } catch (cause) {
    if (refusal !== undefined) throw refusal;
    const { code: state, message: said, severity } = cause as Reported;
    if (severity === undefined || state === undefined) {
      const { message } = cause as Error;
      // The library's own words for a server without a known method, or one that does not know the password.
      const isRefused = /^SASL:|authentication/i.test(message);
      if (isRefused) throw new DatabasePasswordError({ place, user }, "refused-method");
      throw new DatabaseConnectionError(place, "lost", { cause });
    }
    throw new DatabaseLoginError({ place, user, database }, { state, said });
  }
  return client;
}

/** An error that the server has reported, as the library gives it. */
interface Reported {
  readonly code?: string;
  readonly message: string;
  readonly severity?: string;
}

/**
 * What holds for all of the session. `pg_temp` comes last: otherwise a temporary table of the same user would
 * hide a table of the CA. Keepalives end the session of a machine that is gone, and with it its locks.
 */
function sessionOptions(schema: string): string {
  return Object.entries({
    "client_encoding": "UTF8",
    "search_path": `${schema},pg_temp`,
    "DateStyle": "ISO",
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "bytea_output": "hex",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
  }).map(([name, value]) => `-c ${name}=${value}`).join(" ");
}

function textOf(password: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password);
  } catch {
    return undefined;
  }
}
