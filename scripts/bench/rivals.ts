/** Other command-line certificate authorities, each with its own CA (P-256) in a directory. */
import { DatabaseSync } from "node:sqlite";
import { join } from "../../lib/system/mod.ts";
import { type Candidate, runProgram } from "./measure.ts";

/** A program to compare with. */
export interface Rival {
  readonly name: string;
  /** Signs one request, as a whole process. */
  readonly signOne: (request: string) => Promise<void>;
  /** Signs many requests in one process, if the program can. */
  readonly signMany?: (requests: readonly string[]) => Promise<void>;
  /** Simulates this many issued certificates, if the program keeps track of them. */
  readonly fill?: (count: number) => Promise<void>;
}

/** Prepares every rival that is installed, and says which are not. */
export async function makeRivals(home: string): Promise<Rival[]> {
  const rivals: Rival[] = [];
  for (
    const [program, make] of [
      ["openssl", makeOpenssl],
      ["/usr/share/easy-rsa/easyrsa", makeEasyrsa],
      ["cfssl", makeCfssl],
    ] as const
  ) {
    if (isInstalled(program)) rivals.push(await make(join(home, program.replaceAll("/", "_"))));
    else console.log(`${program} is not installed: nothing to compare with`);
  }
  return rivals;
}

/** Whether a program can be started. */
export function isInstalled(program: string): boolean {
  const args = ["-c", `command -v ${program}`];
  return new Deno.Command("sh", { args, stdout: "null" }).outputSync().success;
}

/** A self-signed certificate of P-256 and its key, made by OpenSSL. */
async function makeRoot(directory: string): Promise<{ certificate: string; key: string }> {
  await Deno.mkdir(directory, { recursive: true });
  const [certificate, key] = [join(directory, "ca.crt"), join(directory, "ca.key")];
  await runProgram("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", key, "-out", certificate, "-subj", "/CN=Bench", "-days", "3650"],
  ]);
  return { certificate, key };
}

/** Lines of OpenSSL's index.txt. */
function indexLines(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const serial = (index + 2).toString(16).toUpperCase().padStart(6, "0");
    return `V\t401231235959Z\t\t${serial}\tunknown\t/C=DE/O=Example/CN=device-${index}.example\n`;
  });
  return lines.join("");
}

async function makeOpenssl(directory: string): Promise<Rival> {
  const { certificate, key } = await makeRoot(directory);
  const configuration = join(directory, "ca.cnf");
  const database = join(directory, "index.txt");
  const serial = join(directory, "serial");
  await Deno.mkdir(join(directory, "certs"));
  await Deno.writeTextFile(database, "");
  await Deno.writeTextFile(serial, "02\n");
  await Deno.writeTextFile(
    configuration,
    [
      "[ca]",
      "default_ca=this",
      "[this]",
      `database=${database}`,
      `serial=${serial}`,
      `new_certs_dir=${join(directory, "certs")}`,
      `certificate=${certificate}`,
      `private_key=${key}`,
      "default_md=sha256",
      "default_days=365",
      "policy=any",
      "unique_subject=no",
      "copy_extensions=copy",
      "x509_extensions=leaf",
      "[any]",
      "countryName=optional",
      "organizationName=optional",
      "commonName=optional",
      "[leaf]",
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      "authorityKeyIdentifier=keyid",
      "subjectKeyIdentifier=hash",
      "",
    ].join("\n"),
  );
  const base = ["ca", "-config", configuration, "-batch", "-notext"];
  return {
    name: "openssl ca (0 fsyncs)",
    signOne: (request) =>
      runProgram("openssl", [...base, "-in", request, "-out", join(directory, "out.pem")]),
    signMany: (requests) =>
      runProgram("openssl", [...base, "-out", join(directory, "out.pem"), "-infiles", ...requests]),
    async fill(count) {
      await Deno.writeTextFile(database, indexLines(count));
      await Deno.writeTextFile(serial, `0${(count + 2).toString(16).toUpperCase()}\n`.slice(-7));
    },
  };
}

/** A CA of `openssl ca` with many revoked certificates. @returns what makes its CRL. */
export async function makeRevokingOpenssl(directory: string, count: number): Promise<Candidate> {
  const { certificate, key } = await makeRoot(directory);
  const configuration = join(directory, "ca.cnf");
  const database = join(directory, "index.txt");
  const crlNumber = join(directory, "crlnumber");
  const lines = Array.from({ length: count }, (_, index) => {
    const serial = (2n ** 126n + BigInt(index)).toString(16).toUpperCase();
    return `R\t401231235959Z\t260101000000Z,superseded\t${serial}\tunknown\t/CN=device-${index}\n`;
  });
  await Deno.writeTextFile(database, lines.join(""));
  await Deno.writeTextFile(crlNumber, "01\n");
  const own = [`database=${database}`, `crlnumber=${crlNumber}`, "default_crl_days=7"];
  await Deno.writeTextFile(
    configuration,
    [
      ...["[ca]", "default_ca=this", "[this]", ...own, "default_md=sha256"],
      ...[`certificate=${certificate}`, `private_key=${key}`, "unique_subject=no", ""],
    ].join("\n"),
  );
  const args = ["ca", "-config", configuration, "-gencrl", "-out", join(directory, "crl.pem")];
  return { name: "openssl ca -gencrl", run: () => runProgram("openssl", args) };
}

async function makeEasyrsa(directory: string): Promise<Rival> {
  const program = "/usr/share/easy-rsa/easyrsa";
  const pki = join(directory, "pki");
  await Deno.mkdir(directory, { recursive: true });
  const flags = ["--batch", `--pki-dir=${pki}`, "--use-algo=ec", "--curve=prime256v1"];
  await runProgram(program, [...flags, "init-pki"]);
  await runProgram(program, [...flags, "--req-cn=Bench", "build-ca", "nopass"]);
  let count = 0;
  return {
    name: "easyrsa sign-req",
    async signOne(request) {
      const name = `device${count++}`;
      await Deno.copyFile(request, join(pki, `reqs/${name}.req`));
      await runProgram(program, [...flags, "sign-req", "client", name]);
    },
    async fill(issued) {
      await Deno.writeTextFile(join(pki, "index.txt"), indexLines(issued));
    },
  };
}

/** `openssl ca` with this many issued certificates, and cfssl with a SQLite database of as many. */
export async function makeDatabaseRivals(home: string, count: number): Promise<Rival[]> {
  const rivals: Rival[] = [];
  if (isInstalled("openssl")) {
    const openssl = await makeOpenssl(join(home, "openssl"));
    await openssl.fill?.(count);
    rivals.push({ ...openssl, name: `${openssl.name}, with as many` });
  } else console.log("openssl is not installed: nothing to compare with");
  if (isInstalled("cfssl")) rivals.push(await makeDatabaseCfssl(join(home, "cfssl"), count));
  else console.log("cfssl is not installed: nothing to compare with");
  return rivals;
}

/** The tables of cfssl 1.6, as its migrations for SQLite make them. */
const cfsslTables = `
  CREATE TABLE certificates (serial_number blob NOT NULL, authority_key_identifier blob NOT NULL,
    ca_label blob, status blob NOT NULL, reason int, expiry timestamp, revoked_at timestamp,
    pem blob NOT NULL, issued_at timestamp, not_before timestamp, metadata text, sans text,
    common_name text, PRIMARY KEY (serial_number, authority_key_identifier));
  CREATE TABLE ocsp_responses (serial_number blob NOT NULL, authority_key_identifier blob NOT NULL,
    body blob NOT NULL, expiry timestamp, PRIMARY KEY (serial_number, authority_key_identifier))`;

async function makeDatabaseCfssl(directory: string, count: number): Promise<Rival> {
  const { certificate, key } = await makeRoot(directory);
  const path = join(directory, "certs.db");
  const database = new DatabaseSync(path);
  database.exec(cfsslTables);
  // As many rows as ours has certificates, each with a PEM of the usual size.
  database.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO certificates SELECT cast(1000000000 + i AS text), 'aa', '', 'good', 0,
       '2040-12-31 23:59:59+00:00', '', hex(randomblob(350)), NULL, NULL, NULL, NULL, 'device' FROM n`,
  );
  database.close();
  const settings = join(directory, "db.json");
  await Deno.writeTextFile(
    settings,
    JSON.stringify({ driver: "sqlite3", "data_source": path }),
  );
  const args = ["sign", "-loglevel=5", "-ca", certificate, "-ca-key", key, "-db-config", settings];
  return {
    name: "cfssl sign -db-config (SQLite), with as many",
    signOne: (request) => runProgram("cfssl", [...args, request]),
  };
}

async function makeCfssl(directory: string): Promise<Rival> {
  const { certificate, key } = await makeRoot(directory);
  return {
    name: "cfssl sign (keeps no track of what it signs)",
    signOne: (request) =>
      runProgram("cfssl", ["sign", "-loglevel=5", "-ca", certificate, "-ca-key", key, request]),
  };
}
