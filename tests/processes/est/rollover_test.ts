/**
 * The root of twenty devices is replaced while they connect to a TLS server all the time: the server of the
 * CA and every device are real processes, and no handshake fails.
 *
 * `CERTSWAP_ROLLOVER_DEVICES` and `CERTSWAP_ROLLOVER_SECONDS` make it larger and longer.
 */
import assert from "node:assert/strict";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { createToken } from "../../../lib/ca/enrol/mod.ts";
import { day, denoSystem, join } from "../../../lib/system/mod.ts";
import { formatName, readCertificateFile } from "../../../lib/x509/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { certswap, freePort, withServer } from "./ca_server.ts";

const devices = Number(Deno.env.get("CERTSWAP_ROLLOVER_DEVICES") ?? 20);
/** How long clients connect at least in each phase, in milliseconds. */
const phaseTime = Number(Deno.env.get("CERTSWAP_ROLLOVER_SECONDS") ?? 0.2) * 1000;

/** What a device has loaded: as a service that is told to reload. */
interface Loaded {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The devices, each with a pair and a trust bundle of its own. */
class Fleet {
  readonly #root: string;
  readonly loaded = new Map<number, Loaded>();

  constructor(root: string) {
    this.#root = root;
  }

  nameOf(device: number): string {
    return `d${device}.example`;
  }

  directoryOf(device: number): string {
    return join(this.#root, `d${device}`);
  }

  /** Writes the configuration of all devices: they are rotated by one process, one after the other. */
  async configure(port: number, data: string): Promise<string> {
    const path = join(this.#root, "certswap.toml");
    let text = "";
    for (let device = 0; device <= devices; device++) {
      const directory = this.directoryOf(device);
      Deno.mkdirSync(directory);
      const { secret } = await createToken(denoSystem, {
        dataDirectory: data,
        lockTimeout: 10_000,
        names: undefined,
        profile: undefined,
        validity: day,
      });
      const secretFile = join(this.#root, `d${device}.secret`);
      Deno.writeTextFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
      text += `[pair.d${device}]\ndir = "${directory}"\nnames = ["DNS:${this.nameOf(device)}"]\n` +
        `[pair.d${device}.trust_bundle]\npath = "${directory}/roots.pem"\n` +
        `[pair.d${device}.issuer]\nkind = "est"\nurl = "https://127.0.0.1:${port}"\n` +
        `trust = "${this.#root}/first-root.pem"\nsecret_file = "${secretFile}"\n`;
    }
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** A day later: the first `count` devices ask for the roots of the CA again. */
  async forgetWhenAsked(count: number): Promise<void> {
    for (let device = 0; device < count; device++) {
      const state = join(this.directoryOf(device), ".certswap");
      for await (const { name } of Deno.readDir(state)) {
        if (name.endsWith(".state")) Deno.removeSync(join(state, name));
      }
    }
  }

  /** Loads the files of a device, as its service does when it is told to. */
  load(device: number): void {
    const read = (name: string): string =>
      Deno.readTextFileSync(join(this.directoryOf(device), name));
    this.loaded.set(device, {
      cert: read("cert.pem"),
      key: read("key.pem"),
      ca: read("roots.pem"),
    });
  }

  /** How many roots a device has loaded. */
  rootsOf(device: number): number {
    return this.loaded.get(device)?.ca.match(/BEGIN CERTIFICATE/g)?.length ?? 0;
  }

  /** The subjects of the issuers of what the devices have on their disks. */
  issuers(): ReadonlySet<string> {
    return new Set(Array.from({ length: devices + 1 }, (_, device) => {
      const path = join(this.directoryOf(device), "cert.pem");
      return formatName(readCertificateFile(Deno.readFileSync(path)).leaf.issuer);
    }));
  }
}

/** One handshake of a device with the server, both verified. */
function handshake(port: number, { cert, key, ca }: Loaded): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host: "127.0.0.1", port, servername: "d0.example", cert, key, ca });
  socket.once("error", (error: Error) => resolve(error.message));
  // The server has accepted the certificate of the client when its first byte arrives.
  socket.once("data", () => resolve(undefined));
  socket.once("close", () => resolve("closed"));
  return promise.finally(() => socket.destroy());
}

/** The TLS server of device 0. */
function startServer({ cert, key, ca }: Loaded): Promise<{ server: Server; port: number }> {
  const { promise, resolve } = Promise.withResolvers<{ server: Server; port: number }>();
  const server = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: true },
    (socket: TLSSocket) => {
      socket.on("error", () => {});
      socket.end("1");
    },
  );
  server.listen(0, "127.0.0.1", () => {
    resolve({ server, port: (server.address() as { port: number }).port });
  });
  return promise;
}

/**
 * Waits until no certificate of the old CA remains. The devices have renewed; the server's own certificate
 * counts as well, and the server looks every 10 s whether the CA that issues has changed.
 */
async function untilAllMoved(data: string): Promise<void> {
  for (let attempts = 0;; attempts++) {
    const status = await certswap("ca", "rollover", "status", "--json", "--data-dir", data);
    const { devices: counted, remaining, remainingCount } = JSON.parse(status.stdout);
    if (remainingCount === 0) {
      const { withOld, moved } = counted;
      assert.deepEqual({ withOld, moved }, { withOld: devices + 2, moved: devices + 2 });
      return;
    }
    const subjects = remaining.map(({ subject }: { subject: string }) => subject);
    assert.deepEqual(subjects, ["CN=127.0.0.1"], status.stdout);
    assert.ok(attempts < 600, "the server has kept a certificate of the old CA");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("the root of twenty devices is replaced without a failed handshake", async () => {
  await withTemporaryDirectory(async (root) => {
    const done = async (...words: string[]): Promise<void> => {
      const { exit, stdout, stderr } = await certswap(...words);
      assert.equal(exit, 0, `${words.join(" ")}: ${stdout}${stderr}`);
    };
    const [data, next, port] = [join(root, "root"), join(root, "root-g2"), freePort()];
    await done("ca", "init", "--subject", "CN=Root", "--data-dir", data);
    Deno.writeTextFileSync(
      join(data, "ca.toml"),
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["127.0.0.1"]\n`,
    );
    Deno.copyFileSync(join(data, "ca.crt"), join(root, "first-root.pem"));
    const fleet = new Fleet(root);
    const config = await fleet.configure(port, data);
    await withServer(data, async () => {
      await done("rotate", "--config", config);
      // The run after the enrolment is the first one that asks for the roots.
      await done("rotate", "--config", config);
      for (let device = 0; device < devices; device++) fleet.load(device);
      const first = fleet.loaded.get(0);
      if (first === undefined) throw new Error("no device");
      const { server, port: tlsPort } = await startServer(first);
      const failures: string[] = [];
      let handshakes = 0;
      let isOver = false;
      const connecting = (async () => {
        while (!isOver) {
          for (const [device, loaded] of [...fleet.loaded]) {
            const failure = await handshake(tlsPort, loaded);
            handshakes++;
            if (failure !== undefined) failures.push(`device ${device}: ${failure}`);
          }
        }
      })();
      /** Lets every device connect, with what it has loaded, at least once more. */
      const settle = async (): Promise<void> => {
        const [until, from] = [Date.now() + phaseTime, handshakes];
        while (Date.now() < until || handshakes < from + 2 * devices) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      /** The devices reload one after the other, and connect in between, the server in the middle. */
      const reload = async (): Promise<void> => {
        for (let device = devices - 1; device > devices / 2; device--) fleet.load(device);
        await settle();
        fleet.load(0);
        server.setSecureContext(fleet.loaded.get(0) ?? first);
        await settle();
        for (let device = 1; device < devices; device++) fleet.load(device);
        await settle();
      };
      const step = (...words: string[]) => done("ca", "rollover", ...words, "--data-dir", data);
      try {
        await settle();
        await step("start", "--next", next, "--subject", "CN=Root G2");
        // One more device, which only renews, does not learn of the new root before the switch.
        await fleet.forgetWhenAsked(devices);
        await done("rotate", "--config", config);
        await reload();
        for (const device of fleet.loaded.keys()) assert.equal(fleet.rootsOf(device), 2);
        await step("switch");
        await done("rotate", "--force", "--config", config);
        assert.deepEqual([...fleet.issuers()], ["CN=Root G2"]);
        await reload();
        await untilAllMoved(data);
        await fleet.forgetWhenAsked(devices + 1);
        await done("rotate", "--config", config);
        await step("finish");
        await done("rotate", "--force", "--config", config);
        await reload();
      } finally {
        isOver = true;
        await connecting;
        server.close();
      }
      assert.deepEqual(failures, []);
      assert.ok(handshakes > 10 * devices, `only ${handshakes} handshakes`);
      console.log(`${handshakes} handshakes of ${devices} devices, none failed`);
    });
  });
});
