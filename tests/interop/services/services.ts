/** Real services on 127.0.0.1, with their data in temporary directories, and probes of them. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { loadPair, type PairPaths, resolvePair } from "../../../lib/device/pair/mod.ts";
import {
  type ExpectedPair,
  lookOnce,
  probe,
  type ProbeSight,
  type ServerProbe,
} from "../../../lib/device/service/mod.ts";
import { denoProcesses, denoSystem, join, type System } from "../../../lib/system/mod.ts";
import { fingerprint } from "../../../lib/x509/mod.ts";
import {
  type Authority,
  type IssueOptions,
  makeAuthority,
  type TestPair,
} from "../../support/pairs.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { interopTest } from "../tools.ts";

/** The user of a service that does not run as root. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where a service runs. */
export interface Place {
  /** The directory for everything that it writes; absolute. */
  readonly root: string;
  readonly port: number;
  readonly paths: Required<Pick<PairPaths, "certificate" | "key" | "combined">>;
  /** PEM of the CA that has issued the pair. */
  readonly authority: string;
  /** Makes a file below `root`. Returns its path. */
  file(name: string, text: string, mode?: number): string;
}

/** A service that is running. */
export interface Service {
  /** Makes it load the active pair. */
  reload(): Promise<void> | void;
  /** Stops it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** A service and how it is probed. */
export interface ServiceCase {
  /** Programs that it needs, by name or path. */
  readonly tools: readonly string[];
  readonly start: (place: Place) => Promise<Service>;
  /** The name of the user who reads the key; root or the caller if left out or unknown. */
  readonly user?: string;
  readonly pair?: IssueOptions;
  /** The probe's options besides the address. */
  readonly probe?: Partial<ServerProbe>;
}

/** A service with an active pair, and probes of it. */
export interface Watched {
  readonly place: Place;
  readonly service: Service;
  readonly authority: Authority;
  /** Makes a pair the active one. */
  activate(pair: TestPair): void;
  issue(): Promise<TestPair>;
  /** Probes once for the active pair. */
  look(options?: Partial<ServerProbe>): Promise<ProbeSight>;
  /** Probes until the active pair is seen, for at most half a minute. */
  wait(options?: Partial<ServerProbe>): Promise<ProbeSight>;
}

/** openssl.cnf of a service without TLS 1.3. */
export const atMostTls12 = `openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MaxProtocol = TLSv1.2
`;

/** The real system, except that signals still go to the tests. */
export const realSystem: System = {
  ...denoSystem,
  processes: { ...denoProcesses, onTermination: () => () => {} },
};

/** A test of a service that is started with a pair of its own before and stopped after `work`. */
export function serviceTest(
  name: string,
  service: ServiceCase,
  work: (watched: Watched) => Promise<void>,
): void {
  interopTest(name, { tools: service.tools, run: () => withService(service, work) });
}

/** The promise of every service: the probe sees the old certificate, then the new one after a reload. */
export function sightsTest(name: string, service: ServiceCase): void {
  serviceTest(
    `the probe sees the certificate of ${name} before and after a change`,
    service,
    seesBoth,
  );
}

async function seesBoth({ look, wait, service, issue, activate }: Watched): Promise<void> {
  assert.equal(sightText(await wait()), "certificate expected");
  activate(await issue());
  assert.equal(sightText(await look()), "certificate another", "it has not been told yet");
  await service.reload();
  assert.equal(sightText(await wait()), "certificate expected");
  await service.stop();
  assert.equal(sightText(await look()), "nothing nothing", "it is not there any more");
}

/** `certificate expected`: how far the probe got, what it saw, and why it did not see the active pair. */
export function sightText({ stage, saw, error }: ProbeSight): string {
  const isPlain = error === undefined || saw === "another" || stage === "nothing";
  return `${stage} ${saw}${isPlain ? "" : `: ${describe(error).message}`}`;
}

async function withService(
  { start, user, pair = {}, probe: options = {} }: ServiceCase,
  work: (watched: Watched) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    // The service's user has to enter the directory.
    Deno.chmodSync(root, 0o755);
    const authority = await makeAuthority();
    const place = placeIn(root, authority);
    const owner = user === undefined ? undefined : serviceUser(user);
    const issue = (): Promise<TestPair> => authority.issue(pair);
    const activate = (made: TestPair): void => writePair(place, made, owner);
    activate(await issue());
    const service = await start(place);
    try {
      await work({
        place,
        service,
        authority,
        activate,
        issue,
        look: async (more) =>
          await lookOnce(realSystem, at(place, { ...options, ...more }), await expectedAt(place)),
        wait: async (more) =>
          await probe(realSystem, at(place, { ...options, ...more }), await expectedAt(place)),
      });
    } finally {
      await service.stop();
    }
  });
}

/** A probe of the service in a place. */
export function at({ port }: Place, options: Partial<ServerProbe> = {}): ServerProbe {
  return {
    kind: "server",
    host: "127.0.0.1",
    port,
    serverName: "device.example",
    startTls: undefined,
    keyType: undefined,
    identity: { kind: "pair-if-client" },
    deadline: 30_000,
    ...options,
  };
}

/** The active pair of a place, in the form that a probe needs. */
export async function expectedAt({ paths }: Place): Promise<ExpectedPair> {
  const pair = resolvePair(realSystem.files, paths);
  const loaded = await loadPair(realSystem.files, pair.active);
  return { name: "service", pair, loaded, fingerprint: await fingerprint(loaded.leaf) };
}

function placeIn(root: string, { certificatePem }: Authority): Place {
  return {
    root,
    port: freePort(),
    authority: certificatePem,
    paths: {
      certificate: join(root, "cert.pem"),
      key: join(root, "key.pem"),
      combined: join(root, "combined.pem"),
    },
    file(name, text, mode = 0o644) {
      const path = join(root, name);
      Deno.writeTextFileSync(path, text);
      Deno.chmodSync(path, mode);
      return path;
    },
  };
}

function writePair({ paths }: Place, pair: TestPair, owner: ServiceUser | undefined): void {
  const files = [
    [paths.certificate, pair.chainPem, 0o644],
    [paths.key, pair.keyPem, 0o600],
    [paths.combined, pair.keyPem + pair.chainPem, 0o600],
  ] as const;
  for (const [path, text, mode] of files) {
    Deno.writeTextFileSync(`${path}.new`, text, { mode });
    if (owner !== undefined) Deno.chownSync(`${path}.new`, owner.uid, owner.gid);
    Deno.renameSync(`${path}.new`, path);
  }
}

/** A port that nothing listens on at the moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Waits until something listens on a port of 127.0.0.1. */
export async function listening(port: number): Promise<void> {
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A user of this machine, if this process may act for others; `undefined` if it may not. */
export function serviceUser(name: string): ServiceUser | undefined {
  if (Deno.uid() !== 0) return undefined;
  const entry = Deno.readTextFileSync("/etc/passwd").split("\n")
    .find((line) => line.startsWith(`${name}:`));
  const [, , uid, gid] = entry?.split(":") ?? [];
  if (uid === undefined) throw new Error(`no user ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** A service that runs in the foreground, as a child of the test. */
export function foreground(
  program: string,
  args: readonly string[],
  { reload = "SIGHUP", stop = "SIGTERM", user, environment = {} }: {
    /** How it is made to load the pair; `restart`: it is stopped and started. */
    readonly reload?: Deno.Signal | "restart";
    readonly stop?: Deno.Signal;
    readonly user?: ServiceUser | undefined;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Service {
  const start = (): Deno.ChildProcess =>
    new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      env: { ...environment },
      ...user,
    }).spawn();
  let child: Deno.ChildProcess | undefined = start();
  const end = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    try {
      ending?.kill(stop);
    } catch {
      // It has already ended.
    }
    await ending?.status;
  };
  return {
    async reload() {
      if (reload !== "restart") return child?.kill(reload);
      await end();
      child = start();
    },
    stop: end,
  };
}
