/** How the settings of a CA become a login: reads the files that they name. */
import {
  join,
  type PostgresOptions,
  type PostgresTls,
  readGivenFile,
  readPrivateFile,
  readSecretFile,
  statIfPresent,
  type System,
  wrapError,
} from "../../../system/mod.ts";
import {
  certificateFileLimit,
  privateKeyFileLimit,
  readAnchorFile,
  readCertificateFile,
  requireServer,
} from "../../../x509/mod.ts";
import { BadLoginFileError, NoPostgresSettingsError } from "../../errors.ts";
import type { CaLocation } from "../open.ts";

/** The name of the password among the credentials of a service. */
const credential = "postgres-password";

/** The most time between two statements of a transaction, in milliseconds: ten thousand are signed sooner. */
const idle = 120_000;

/** What does not change from one connection to the next. */
export type Login = Omit<PostgresOptions, "limits"> & {
  readonly limits: Omit<PostgresOptions["limits"], "lock">;
};

/**
 * Reads the settings, and the files that they name.
 *
 * @throws NoPostgresSettingsError, CaSettingsError, CaSettingsUntrustedError, SecretFileError,
 * UntrustedPlaceError, BadLoginFileError, FileSystemError
 */
export async function readLogin(system: System, location: CaLocation): Promise<Login> {
  // The settings need the store to know what holds for it. Loaded late, they are no cycle.
  const { readSettings } = await import("../../settings/read.ts");
  const { postgres } = await readSettings(system, location);
  if (postgres === undefined) {
    throw new NoPostgresSettingsError(join(location.dataDirectory, "ca.toml"));
  }
  const { host, port, database, user, schema, tls } = postgres;
  return {
    place: { host, port },
    database,
    user,
    schema,
    password: await readPassword(system, postgres.passwordFile),
    tls: tls && {
      identity: tls.identity && await readIdentity(system, tls.identity),
      requireServer: await serverJudge(system, { host, ca: tls.ca }),
    },
    limits: { connect: postgres.connectTimeout, statement: postgres.statementTimeout, idle },
  };
}

async function readPassword(
  system: System,
  given: string | undefined,
): Promise<Uint8Array | undefined> {
  const path = given ?? credentialPath(system);
  return path === undefined ? undefined : await readSecretFile(system, { path, kind: "password" });
}

function credentialPath({ databases, files }: System): string | undefined {
  const directory = databases.credentials();
  if (!directory) return undefined;
  const path = join(directory, credential);
  return statIfPresent(files, path) && path;
}

async function readIdentity(
  system: System,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Promise<PostgresTls["identity"]> {
  const chain = await readGivenFile(system.files, certificate, certificateFileLimit);
  wrapError(
    () => readCertificateFile(chain.content),
    (cause) => new BadLoginFileError(certificate, "identity", { cause }),
  );
  const secret = await readPrivateFile(
    system,
    { path: key, kind: "private key" },
    privateKeyFileLimit,
  );
  const text = (content: Uint8Array): string => new TextDecoder().decode(content);
  return { certificatePem: text(chain.content), keyPem: text(secret) };
}

async function serverJudge(
  { files, clock }: System,
  { host, ca }: { readonly host: string; readonly ca: string },
): Promise<PostgresTls["requireServer"]> {
  const { content } = await readGivenFile(files, ca, certificateFileLimit);
  const { anchors } = wrapError(
    () => readAnchorFile(content),
    (cause) => new BadLoginFileError(ca, "anchors", { cause }),
  );
  return (chain) => requireServer(chain, { host, anchors, at: clock.now() });
}
