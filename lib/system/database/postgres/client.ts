/** The PostgreSQL client library, kept away from the environment and from unprotected passwords. */
import PgClient from "pg/lib/client.js";

type Duplex = import("node:stream").Duplex;

/** A result: the rows, each by the names of its columns. */
interface Result {
  /** What was done: `COMMIT`, `ROLLBACK`, `SELECT`. */
  readonly command: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** As much of the library's client as is used. */
export interface Client {
  connect(): Promise<unknown>;
  query(query: {
    readonly text: string;
    readonly values?: readonly unknown[];
    /** A prepared statement, which the server parses once. */
    readonly name?: string;
  }): Promise<Result>;
  end(): Promise<void>;
  /** Ends the connection without a farewell. */
  destroy(): void;
  on(event: "error" | "end", listener: (error?: unknown) => void): void;
}

/** What the library is told. Nothing else reaches it. */
interface ClientOptions {
  readonly user: string;
  readonly database: string;
  readonly options: string;
  readonly "statement_timeout": number;
  /** Whether no one between here and the server can read the connection. */
  readonly isProtected: boolean;
  /** Called if the server asks for a password. May throw. */
  readonly password: () => string;
  /** Called if the server asks for a password in a way that would give it away. */
  readonly onRefused: (reason: "unprotected") => void;
}

/** Messages in which a server asks for a password that others could read, or find out by trying. */
const openMethods = ["authenticationCleartextPassword", "authenticationMD5Password"] as const;

/** A client on a connection that exists already. */
export function newClient(stream: Duplex, options: ClientOptions): Client {
  const { isProtected, onRefused, ...config } = options;
  const client = withoutEnvironment(() =>
    new PgClient({
      ...config,
      "application_name": "certswap",
      stream: connected(stream),
      ssl: false,
      // Statements are sent without waiting for the answer to the one before.
      pipeline: true,
      types: { getTypeParser: parserOf },
    })
  );
  const { connection } = client;
  for (const method of isProtected ? [] : openMethods) {
    connection.removeAllListeners(method);
    connection.on(method, () => {
      onRefused("unprotected");
      connection.emit("error", new Error("refused to send the password"));
    });
  }
  // A server that is gone says no farewell in TLS: node:tls would keep its half of the connection open.
  stream.once("end", () => stream.destroy());
  // Without a listener, an error while nothing is waiting would end the process.
  client.on("error", () => {});
  return Object.assign(client, { destroy: () => stream.destroy() });
}

/**
 * Calls `work` while the environment is empty: the library takes options of the session from variables
 * (PGOPTIONS, PGAPPNAME and more), and dies if it may not read one.
 */
function withoutEnvironment<T>(work: () => T): T {
  const process = globalThis.process as { env: Record<string, string> };
  const { env } = process;
  process.env = {};
  try {
    return work();
  } finally {
    process.env = env;
  }
}

/** The library connects its stream itself: this one is connected already, and says so when it is asked to. */
function connected(stream: Duplex): Duplex {
  return Object.assign(stream, {
    connect: () => {
      queueMicrotask(() => stream.emit("connect"));
      return stream;
    },
  });
}

/** Types by object identifier (PostgreSQL, pg_type.dat). */
const typeOf = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23 } as const;

const numbers: ReadonlySet<number> = new Set([typeOf.int8, typeOf.int2, typeOf.int4]);

/** How a value of a type is read: exact numbers, bytes, and text for everything else. */
function parserOf(type: number): (text: string) => unknown {
  if (numbers.has(type)) return readNumber;
  if (type === typeOf.bytea) return readBytes;
  if (type === typeOf.bool) return (text) => text === "t" ? 1 : 0;
  return (text) => text;
}

function readNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("a number of the database is too large");
  return value;
}

/** The form `\x0a1b` (PostgreSQL, `bytea_output`). */
function readBytes(text: string): Uint8Array {
  return Uint8Array.fromHex(text.slice(2));
}
