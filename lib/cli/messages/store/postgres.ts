/** Texts for the errors of a connection to PostgreSQL. */
import type * as errors from "../../../system/database/postgres_errors.ts";
import type {
  DatabaseConnectionError,
  DatabaseLoginError,
  DatabasePasswordError,
  PostgresPlace,
} from "../../../system/mod.ts";
import type { ErrorsOf, MessageTable, Text } from "../message.ts";

/** `PostgreSQL at db.example:5432`. */
function placeText({ host, port }: PostgresPlace): string {
  if (host.startsWith("/")) return `PostgreSQL at ${host}/.s.PGSQL.${port}`;
  return `PostgreSQL at ${host.includes(":") ? `[${host}]` : host}:${port}`;
}

const settings = "[postgres] of ca.toml";
const nothingChanged = "Nothing was changed.";

const connections: Readonly<
  Record<DatabaseConnectionError["reason"], { readonly is: string; readonly hint: string }>
> = {
  "refused": {
    is: "connection refused",
    hint: `Start the server, or correct host and port in ${settings}. ${nothingChanged}`,
  },
  "unreachable": {
    is: "it cannot be reached",
    hint: `Check the network, and the host in ${settings}. ${nothingChanged}`,
  },
  "unknown-host": {
    is: "unknown host",
    hint: `Correct the host in ${settings}, or add it to DNS or /etc/hosts. ${nothingChanged}`,
  },
  "no-socket": {
    is: "the socket does not exist",
    hint:
      `Start the server, or correct host and port in ${settings}: host is the directory of the socket. ` +
      nothingChanged,
  },
  "time-limit": {
    is: "no answer in time",
    hint:
      "Check the server and the network. The time limits are connect_timeout and statement_timeout in " +
      `${settings}.`,
  },
  "no-tls": {
    is: "the server does not offer TLS",
    hint:
      "Set ssl = on, ssl_cert_file and ssl_key_file in its postgresql.conf. The password was not sent.",
  },
  "not-postgres": {
    is: "the server does not speak the PostgreSQL protocol",
    hint: `Correct the port in ${settings}. The password was not sent.`,
  },
  "handshake": {
    is: "the TLS handshake failed",
    hint: "The server's log says why. The password was not sent.",
  },
  "server-certificate": {
    is: "cannot verify the server's certificate",
    hint:
      `Correct tls.ca or host in ${settings}, or the server's certificate. The password was not sent.`,
  },
  "client-certificate": {
    is: "the client certificate and its key cannot be used",
    hint: `Check tls.certificate and tls.key in ${settings}.`,
  },
  "lost": {
    is: "the connection was lost",
    hint: `Run the command again. If it happens again, read the server's log. ${nothingChanged}`,
  },
};

function describeConnection(
  { place, reason, alert, cause }: DatabaseConnectionError,
  describe: (cause: unknown) => { readonly message: string },
): Text {
  const { is, hint } = connections[reason];
  const why = reason === "server-certificate"
    ? `: ${describe(cause).message}`
    : alert === undefined
    ? ""
    : ` (TLS alert ${alert})`;
  return { message: `cannot connect to ${placeText(place)}: ${is}${why}`, hint };
}

/** By SQLSTATE (PostgreSQL, appendix A). */
const loginHints: Readonly<Record<string, string>> = {
  "28P01": "Correct the password file, or the user.",
  "28000": "Check the server's pg_hba.conf: a line must match the user, database, address and TLS.",
  "3D000": "Create the database, then apply the output of 'certswap ca schema' to it.",
  "42501": "Grant the role the right to connect to the database.",
  "53300": "Raise max_connections of the server, or use fewer front ends.",
  "57P03": "The server is starting, stopping or recovering. Try again.",
};

function describeLogin({ place, user, database, state, said }: DatabaseLoginError): Text {
  return {
    message: `cannot log in to ${placeText(place)} as '${user}', database '${database}': ${said}`,
    hint: `${loginHints[state] ?? `Check ${settings}.`} ${nothingChanged}`,
  };
}

const passwords: Readonly<Record<DatabasePasswordError["reason"], string>> = {
  "missing": "the server requires a password, but none is configured",
  "not-text": "the password is not UTF-8",
  "unprotected": "the server asks for a cleartext password over an unencrypted connection",
  "refused-method": "the server requires an authentication method that certswap does not support",
};

function describePassword({ place, user, reason }: DatabasePasswordError): Text {
  return {
    message: `cannot log in to ${placeText(place)} as '${user}': ${passwords[reason]}`,
    hint: reason === "missing" || reason === "not-text"
      ? `Write it into a file that only you can read, and set password_file in ${settings}. In a systemd ` +
        "unit, use LoadCredential=postgres-password:FILE instead."
      : "Set the method in the server's pg_hba.conf to scram-sha-256. The password was not sent.",
  };
}

/** A text for every error of a connection to PostgreSQL. */
export const postgresMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "database-connection": describeConnection,
  "database-login": describeLogin,
  "database-password": describePassword,
};
