/**
 * A rotation with only the executable: its CA signs, a hook reloads a TLS server, a probe checks what it
 * serves. No other command uses both the network and other processes.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:tls";
import { giveToOrdinaryUser, type Place, withPlace } from "./support/executable.ts";
import { succeed } from "./support/pairs.ts";

/** A TLS server that loads its pair when the hook has touched `reload`. */
async function withServer<T>(directory: string, work: (port: number) => Promise<T>): Promise<T> {
  const server: Server = createServer({}, (socket) => socket.end());
  let loaded = 0;
  const load = (): void => {
    const time = mtimeOf(`${directory}/reload`);
    if (time === loaded) return;
    loaded = time;
    server.setSecureContext({
      cert: Deno.readTextFileSync(`${directory}/tls/cert.pem`),
      key: Deno.readTextFileSync(`${directory}/tls/key.pem`),
    });
  };
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const timer = setInterval(load, 20);
  try {
    const address = server.address();
    assert(address !== null && typeof address === "object");
    return await work(address.port);
  } finally {
    clearInterval(timer);
    await new Promise((resolve) => server.close(resolve));
  }
}

function mtimeOf(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

async function configure(place: Place, port: number): Promise<string[]> {
  const { directory } = place;
  const config = `${directory}/certswap.toml`;
  await Deno.mkdir(`${directory}/tls`);
  await giveToOrdinaryUser(`${directory}/tls`);
  await Deno.writeTextFile(
    config,
    `[pair.web]
dir = "${directory}/tls"
subject = "CN=device.example"
names = ["DNS:device.example"]

[pair.web.issuer]
kind = "local"
data_dir = "${directory}/ca"
validity = "90d"

[pair.web.hook]
command = ["/usr/bin/touch", "${directory}/reload"]

[pair.web.probe]
url = "tls://127.0.0.1:${port}"
server_name = "device.example"
deadline = "5s"
`,
  );
  await giveToOrdinaryUser(config);
  await succeed(place, ["ca", "init", "--subject", "CN=CA", "--data-dir", `${directory}/ca`]);
  return ["--config", config];
}

async function serialOf(place: Place): Promise<string> {
  const tls = `${place.directory}/tls`;
  const status = JSON.parse(await succeed(place, ["status", "--dir", tls, "--json"]));
  assert.equal(status.active.condition, "valid");
  return status.active.certificate.serial;
}

Deno.test("certswap rotate issues a first pair, then nothing, then another with --force", async () => {
  await withPlace(async (place) => {
    await withServer(place.directory, async (port) => {
      const config = await configure(place, port);
      await succeed(place, ["config", "check", ...config]);
      assert.match(await succeed(place, ["rotate", ...config]), /^Pair web rotated successfully\./);
      const first = await serialOf(place);
      const idle = await place.certswap(["rotate", ...config]);
      assert.deepEqual(idle, { code: 0, signal: null, stdout: "", stderr: "" });
      assert.equal(await serialOf(place), first);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await succeed(place, ["rotate", "--force", ...config]);
      assert.notEqual(await serialOf(place), first);
    });
  });
});

Deno.test("certswap rotate restores the old pair if the service does not load the new one", async () => {
  await withPlace(async (place) => {
    await withServer(place.directory, async (port) => {
      const config = await configure(place, port);
      await succeed(place, ["rotate", ...config]);
      const first = await serialOf(place);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const file = config[1] ?? "";
      const text = await Deno.readTextFile(file);
      await Deno.writeTextFile(file, text.replace("/usr/bin/touch", "/usr/bin/stat"));
      const { code, stderr } = await place.certswap(["rotate", "--force", ...config]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^Error: /m);
      assert.equal(await serialOf(place), first);
    });
  });
});
