/** A PostgreSQL server of Debian, started by a test for itself. */
import { join } from "../../../lib/system/mod.ts";
import { type Authority, makeAuthority } from "../../support/pairs.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { serviceUser } from "../services/services.ts";
import { interopTest } from "../tools.ts";

/** Where Debian keeps the programs of the server. */
const programs = "/usr/lib/postgresql/15/bin";

/** The client. The one in PATH is a wrapper in Perl, which takes longer to start. */
export const psql = `${programs}/psql`;

/** What a server needs to be installed. */
export const postgresTools: readonly string[] = [
  `${programs}/postgres`,
  `${programs}/initdb`,
  psql,
];

/** The password of the role `certswap`. No message may contain it. */
export const databasePassword = "d0-not-Print:this";

/** A running server. */
export interface PostgresServer {
  readonly port: number;
  /** The directory with its socket. */
  readonly socketDirectory: string;
  /** A directory for the files of the test. */
  readonly root: string;
  /** The CA that its certificate is from, and those of its clients. */
  readonly authority: Authority;
  /** Its CA certificate, PEM. */
  readonly caFile: string;
  /** Runs SQL as the superuser, and returns what psql prints: tuples only. */
  sql(text: string, database?: string): Promise<string>;
  /** Makes an empty database, and returns its name. */
  createDatabase(): Promise<string>;
  /** `pg_ctl stop -m immediate`: as if it were killed. */
  kill(): Promise<void>;
  /** Starts it again. @param settings as in postgresql.conf. */
  start(settings?: readonly string[]): Promise<void>;
  /** Writes a file into its data directory. */
  write(name: string, text: string): void;
  /** The text of its log. */
  log(): string;
}

/** A test with a server. Without PostgreSQL it fails in CI, and is skipped with a warning elsewhere. */
export function postgresTest(
  name: string,
  work: (server: PostgresServer) => Promise<void>,
): void {
  interopTest(name, {
    tools: postgresTools,
    run: () => withPostgres(work),
  });
}

/** Several tests that share one server, which is started by the first and ended after the last. */
export function postgresTests(
  name: string,
  tests: Readonly<Record<string, (server: PostgresServer) => Promise<void>>>,
): void {
  interopTest(name, {
    tools: postgresTools,
    run: (context) =>
      withPostgres(async (server) => {
        for (const [promise, work] of Object.entries(tests)) {
          await context.step(promise, () => work(server));
        }
      }),
  });
}

/** Runs `work` with a server, and ends it. */
export async function withPostgres(work: (server: PostgresServer) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const server = new Server(root, await makeAuthority({ subject: "CN=Database CA" }));
    try {
      await server.create();
      await work(server);
    } finally {
      await server.kill();
    }
  });
}

class Server implements PostgresServer {
  readonly root: string;
  readonly #directory: string;
  readonly authority: Authority;
  readonly socketDirectory: string;
  readonly caFile: string;
  port = 0;
  readonly #data: string;
  /** PostgreSQL refuses to run as root. */
  readonly #account = serviceUser("postgres");
  readonly #log: string;
  #process: Deno.ChildProcess | undefined;
  #logged: Promise<void> = Promise.resolve();
  #databases = 0;

  constructor(root: string, authority: Authority) {
    this.#directory = root;
    this.root = join(root, "files");
    this.authority = authority;
    this.socketDirectory = join(root, "socket");
    this.caFile = join(this.root, "database-ca.crt");
    this.#data = join(root, "data");
    this.#log = join(this.root, "postgres.log");
  }

  async create(): Promise<void> {
    const { authority } = this;
    // Tests put their data directories there: no other user may write above them.
    Deno.chmodSync(this.#directory, 0o711);
    Deno.mkdirSync(this.root, { mode: 0o700 });
    for (const directory of [this.#data, this.socketDirectory]) {
      Deno.mkdirSync(directory, { mode: directory === this.#data ? 0o700 : 0o755 });
      this.#give(directory);
    }
    await this.#run("initdb", [
      ...["-D", this.#data, "-U", "postgres", "--locale", "C", "-E", "UTF8"],
      ...["--no-sync", "--no-instructions", "--auth-local", "peer", "--auth-host", "reject"],
    ]);
    const own = await authority.issue({
      subject: "CN=database",
      names: ["DNS:localhost", "DNS:db.example", "IP:127.0.0.1"],
    });
    Deno.writeTextFileSync(this.caFile, authority.certificatePem);
    this.write("ca.crt", authority.certificatePem);
    this.write("server.crt", own.certificatePem);
    this.write("server.key", own.keyPem);
    this.write(
      "pg_hba.conf",
      "local   all all                scram-sha-256\n" +
        "hostssl all by_certificate 127.0.0.1/32 cert\n" +
        "host    all postgres 127.0.0.1/32 trust\n" +
        "host    all in_plain 127.0.0.1/32 password\n" +
        "host    all all      127.0.0.1/32 scram-sha-256\n",
    );
    await this.start();
    await this.sql(
      `CREATE ROLE certswap LOGIN PASSWORD '${databasePassword}';` +
        `CREATE ROLE in_plain LOGIN PASSWORD '${databasePassword}';` +
        `CREATE ROLE repairs LOGIN PASSWORD '${databasePassword}';` +
        "CREATE ROLE by_certificate LOGIN;",
    );
  }

  /** Writes a file of the server. */
  write(name: string, text: string): void {
    const path = join(this.#data, name);
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    this.#give(path);
  }

  async start(settings: readonly string[] = []): Promise<void> {
    if (this.port === 0) this.port = freePort();
    const all = [
      "listen_addresses=127.0.0.1",
      `port=${this.port}`,
      `unix_socket_directories=${this.socketDirectory}`,
      "fsync=off",
      "ssl=on",
      "ssl_ca_file=ca.crt",
      "log_connections=on",
      "log_statement=all",
      "max_connections=120",
      "shared_buffers=16MB",
      ...settings,
    ];
    this.#process = new Deno.Command(`${programs}/postgres`, {
      args: ["-D", this.#data, ...all.flatMap((setting) => ["-c", setting])],
      cwd: "/",
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...this.#account,
    }).spawn();
    const file = await Deno.open(this.#log, { append: true, create: true });
    this.#logged = this.#process.stderr.pipeTo(file.writable);
    await this.#untilReady();
  }

  log(): string {
    return Deno.readTextFileSync(this.#log);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    // What `pg_ctl stop -m immediate` sends to it.
    child.kill("SIGQUIT");
    await child.status;
    await this.#logged;
  }

  async sql(text: string, database = "postgres"): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(psql, {
      args: [
        ...["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
        `host=127.0.0.1 port=${this.port} user=postgres dbname=${database} sslmode=disable`,
      ],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(decoder.decode(stderr));
    return decoder.decode(stdout).trim();
  }

  async createDatabase(): Promise<string> {
    const name = `ca${++this.#databases}`;
    await this.sql(`CREATE DATABASE ${name}`);
    return name;
  }

  async #untilReady(): Promise<void> {
    // Not a pause of a certain length: it is asked until it answers, however slow the machine is.
    for (let tries = 0; tries < 600; tries++) {
      try {
        await this.sql("SELECT 1");
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`PostgreSQL does not start: ${this.log()}`);
  }

  async #run(name: string, args: readonly string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command(`${programs}/${name}`, {
      args: [...args],
      cwd: "/",
      ...this.#account,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  #give(path: string): void {
    if (this.#account !== undefined) {
      Deno.chownSync(path, this.#account.uid, this.#account.gid);
    }
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
