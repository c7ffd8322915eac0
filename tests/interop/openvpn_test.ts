/** OpenVPN with the files of docs/guide/fleet.md: `remote-cert-tls` on both sides, under an intermediate. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "../../lib/system/mod.ts";
import { readPage } from "../docs/page.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { runCli } from "../support/test_world.ts";
import { realSystem } from "./services/services.ts";
import { interopTest, replaced } from "./tools.ts";

const guide = await Deno.readTextFile(new URL("../../docs/guide/fleet.md", import.meta.url));

/** A fleet with the server `vpn`, and the devices `d01` and `d02`. */
interface Fleet {
  /** Makes a device's certificate invalid, and publishes a new CRL. */
  revoke(serial: string): Promise<void>;
  /** Starts OpenVPN with the guide's file and this certificate. Returns its log so far. */
  start(side: "server" | "client", name: string): () => string;
  /** Stops what was started last. */
  stopLast(): Promise<void>;
}

/** A file of the guide, with the paths that it has in this test. */
function fileOf(path: string, root: string): string {
  const step = readPage(guide).steps.find((one) => one.kind === "file" && one.path === path);
  assert.ok(step?.kind === "file", path);
  return step.content.replaceAll(/\/(etc|usr\/local|var\/lib)\//g, `${root}/$1/`);
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function withFleet(work: (fleet: Fleet) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const file = (name: string): string => join(root, name);
    const ca = async (...words: string[]): Promise<void> => {
      const { exit, stderr } = await runCli(["ca", ...words], { system: realSystem });
      assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
    };
    for (const name of ["etc/fleet", "usr/local/sbin", "var/lib", "requests"]) {
      await Deno.mkdir(file(name), { recursive: true });
    }
    const [top, fleet] = [file("root"), file("var/lib/fleet")];
    await ca("init", "--data-dir", top, "--subject", "CN=Fleet Root,O=Fleet");
    await ca("crl", "--data-dir", top);
    await Deno.copyFile(join(top, "ca.crl"), file("etc/fleet/root.crl"));
    const subject = "CN=Fleet CA,O=Fleet";
    await ca("init", "--data-dir", fleet, "--subject", subject, "--signed-by", top);
    await Deno.writeTextFile(join(fleet, "ca.toml"), fileOf("/var/lib/fleet/ca.toml", root));
    const publish = replaced(fileOf("/usr/local/sbin/publish-crl", root), {
      "service nginx reload": "true",
    });
    await Deno.writeTextFile(file("usr/local/sbin/publish-crl"), publish, { mode: 0o755 });
    await ca("certificates", "--data-dir", fleet, "--out", file("etc/fleet/peers.pem"));
    await ca("crl", "--data-dir", fleet);
    const request = async (name: string, host: string, csr: string): Promise<void> => {
      const names = ["--subject", `CN=${host}`, "--san", `DNS:${host}`];
      await ca("request", ...names, "--out-key", file(`${name}.key`), "--out-csr", csr);
    };
    for (const name of ["d01", "d02"]) {
      await request(name, `${name}.devices.fleet.example`, file(`requests/${name}.csr`));
    }
    await ca("sign", "--data-dir", fleet, "--from", file("requests"));
    for (const [serial, name] of [["01", "d01"], ["02", "d02"]] as const) {
      const leaf = await Deno.readTextFile(join(fleet, `certs/${serial}.pem`));
      const issuer = await Deno.readTextFile(join(fleet, "ca.crt"));
      await Deno.writeTextFile(file(`${name}.pem`), leaf + issuer);
    }
    await request("vpn", "vpn.fleet.example", file("vpn.csr"));
    const out = ["--out", file("vpn.pem")];
    await ca("sign", "--data-dir", fleet, "--profile", "server", file("vpn.csr"), ...out);

    const port = await freeUdpPort();
    const children: Deno.ChildProcess[] = [];
    let started = 0;
    try {
      await work({
        async revoke(serial) {
          await ca("revoke", "--data-dir", fleet, serial);
          await ca("crl", "--data-dir", fleet);
        },
        start(side, name) {
          // Without a tun device there is no mode for many clients.
          const text = side === "server"
            ? replaced(fileOf("/etc/openvpn/server/fleet.conf", root), {
              "port 1194": `local 127.0.0.1\nport ${port}`,
              "dev tun\ntopology subnet\nserver 10.8.0.0 255.255.255.0": "dev null\ntls-server",
              [`${root}/etc/openvpn/server/vpn.pem`]: file(`${name}.pem`),
              [`${root}/etc/openvpn/server/vpn.key`]: file(`${name}.key`),
            })
            : replaced(fileOf("/etc/openvpn/client/fleet.conf", root), {
              "client\n": "tls-client\n",
              "vpn.fleet.example 1194": `127.0.0.1 ${port}`,
              "dev tun": "dev null",
              [`${root}/etc/fleet/device.pem`]: file(`${name}.pem`),
              [`${root}/etc/fleet/device.key`]: file(`${name}.key`),
            });
          const [path, log] = [`${side}.conf`, `${side}.${started++}.log`].map(file);
          Deno.writeTextFileSync(`${path}`, text);
          Deno.writeTextFileSync(`${log}`, "");
          const args = ["--config", `${path}`, "--log", `${log}`];
          const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
          children.push(new Deno.Command("openvpn", options).spawn());
          return () => Deno.readTextFileSync(`${log}`);
        },
        async stopLast() {
          const child = children.pop();
          child?.kill("SIGKILL");
          await child?.status;
        },
      });
    } finally {
      for (const child of children) {
        child.kill("SIGKILL");
        await child.status;
      }
    }
  });
}

/** Waits, for at most a minute, until a log has this. */
async function until(log: () => string, expected: RegExp): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (expected.test(log())) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.match(log(), expected);
}

const completed = /Initialization Sequence Completed/;
const tools = ["openvpn"];

interopTest("OpenVPN connects with the guide's files and certificates of an intermediate", {
  tools,
  run: () =>
    withFleet(async ({ start }) => {
      const server = start("server", "vpn");
      await until(start("client", "d01"), completed);
      await until(server, completed);
      assert.match(server(), /loaded 2 CRLs/);
    }),
});

interopTest("OpenVPN refuses a device that was revoked, by the CRL that the guide publishes", {
  tools,
  run: () =>
    withFleet(async ({ start, revoke }) => {
      await revoke("01");
      const server = start("server", "vpn");
      const client = start("client", "d01");
      await until(server, /VERIFY ERROR: depth=0, error=certificate revoked/);
      assert.doesNotMatch(server() + client(), completed);
    }),
});

interopTest("a running OpenVPN server takes a new CRL without a restart", {
  tools,
  run: () =>
    withFleet(async ({ start, stopLast, revoke }) => {
      const server = start("server", "vpn");
      await until(start("client", "d01"), completed);
      await stopLast();
      await revoke("01");
      // In the mode for a single client, OpenVPN prepares the next session before its client comes. So the
      // CRL is read for the session after that one; with many clients, for each new one.
      await until(start("client", "d02"), completed);
      await stopLast();
      const client = start("client", "d01");
      await until(server, /VERIFY ERROR: depth=0, error=certificate revoked/);
      assert.doesNotMatch(client(), completed);
      await stopLast();
      // It is the same process, and it still lets others in.
      await until(start("client", "d02"), completed);
      assert.equal(server().match(/OpenVPN \d\S* /g)?.length, 1);
    }),
});

interopTest("OpenVPN refuses a device's certificate as a server, and a server's as a device", {
  tools,
  run: async () => {
    const refused = /VERIFY.* ERROR.*(?:unsuitable certificate purpose|EKU)/;
    await withFleet(async ({ start }) => {
      const server = start("server", "d02");
      const client = start("client", "d01");
      await until(client, refused);
      assert.doesNotMatch(server() + client(), completed);
    });
    await withFleet(async ({ start }) => {
      const server = start("server", "vpn");
      const client = start("client", "vpn");
      await until(server, refused);
      assert.doesNotMatch(server() + client(), completed);
    });
  },
});
