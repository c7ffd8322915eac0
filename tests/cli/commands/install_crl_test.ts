/** `certswap install systemd --ca` and `certswap install cron --ca`: the job that keeps a CRL fresh. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { crlJobName } from "../../../lib/device/installation/mod.ts";
import { type TestCa, withCa } from "../../support/ca.ts";
import { type Run, runCli } from "../../support/test_world.ts";

/** A CA, and a directory for what is installed. */
async function withInstalled(
  work: (place: {
    readonly ca: TestCa;
    readonly to: string;
    readonly name: string;
    /** Installs with these flags. */
    readonly install: (kind: "systemd" | "cron", ...flags: string[]) => Promise<Run>;
    readonly read: (file: string) => string;
  }) => Promise<void>,
): Promise<void> {
  await withCa(async (ca) => {
    const to = join(ca.root, "installed");
    Deno.mkdirSync(to);
    const name = await crlJobName(ca.dataDirectory);
    const given = ["--ca", ca.dataDirectory, "--to", to, "--program", "/bin/sh", "--user", "root"];
    await work({
      ca,
      to,
      name,
      install: (kind, ...flags) => runCli(["install", kind, ...given, ...flags]),
      read: (file) => Deno.readTextFileSync(join(to, file)),
    });
  });
}

Deno.test("certswap install systemd --ca writes a timer and its service, and nothing twice", async () => {
  await withInstalled(async ({ ca, to, name, install, read }) => {
    const first = await install("systemd");
    assert.deepEqual([first.exit, first.stderr], [0, ""]);
    assert.deepEqual(first.stdout.split("\n"), [
      `Created ${to}/${name}.timer`,
      `Created ${to}/${name}.service`,
      "Now run",
      "  systemctl daemon-reload",
      `  systemctl enable --now ${name}.timer`,
      "",
    ]);
    const service = read(`${name}.service`);
    const { dataDirectory } = ca;
    const line = (text: string): void => assert.ok(service.split("\n").includes(text), service);
    line(`ExecStart=/bin/sh ca crl --if-due --quiet --data-dir ${dataDirectory}`);
    line(`ReadWritePaths=-${dataDirectory}`);
    line("User=root");
    line("PrivateNetwork=yes");
    assert.doesNotMatch(service, /LoadCredential|publish hook/);
    assert.match(read(`${name}.timer`), /^OnCalendar=hourly$/m);
    const second = await install("systemd");
    assert.match(second.stdout, /^Everything is installed\./);
  });
});

Deno.test("certswap install systemd --ca passes the passphrase, and a hook may use the network", async () => {
  await withInstalled(async ({ ca, name, install, read }) => {
    ca.write("ca.key", ca.read("ca.key").replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    ca.write("ca.toml", '[crl]\npublish = { command = ["/bin/true"], time_limit = "5m" }\n');
    const refused = await install("systemd");
    assert.equal(refused.exit, 2);
    assert.match(
      refused.stderr,
      /the key of this CA is encrypted, and --passphrase-file is missing/,
    );
    const metrics = join(ca.root, "metrics/crl.prom");
    const { exit } = await install(
      "systemd",
      "--passphrase-file",
      "/etc/ca pass",
      "--metrics",
      metrics,
    );
    assert.equal(exit, 0);
    const service = read(`${name}.service`);
    const line = (text: string): void => assert.ok(service.split("\n").includes(text), service);
    line('LoadCredential="ca-passphrase:/etc/ca pass"');
    line(
      `ExecStart=/bin/sh ca crl --if-due --quiet --data-dir ${ca.dataDirectory} --metrics ${metrics}`,
    );
    line(`ReadWritePaths=-${ca.dataDirectory} -${ca.root}/metrics`);
    line("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK");
    line("TimeoutStartSec=420s");
    assert.doesNotMatch(service, /PrivateNetwork/);
  });
});

Deno.test("certswap install systemd --ca also writes a service for the server, if there is one", async () => {
  await withInstalled(async ({ ca, to, name, install, read }) => {
    ca.write("ca.toml", '[serve]\nhttp = "0.0.0.0:8080"\nadmin = "127.0.0.1:9090"\n');
    const unit = `${name.replace("-crl-", "-serve-")}.service`;
    const first = await install("systemd", "--passphrase-file", "/etc/pass");
    assert.match(first.stdout, new RegExp(`Created ${to}/${unit}\n`));
    const commands = `  systemctl enable ${unit}\n  systemctl restart ${unit}\n`;
    assert.ok(first.stdout.endsWith(commands), first.stdout);
    const service = read(unit);
    const line = (text: string): void => assert.ok(service.split("\n").includes(text), service);
    line(`ExecStart=/bin/sh ca serve --data-dir ${ca.dataDirectory}`);
    line("LoadCredential=ca-passphrase:/etc/pass");
    line(`ReadWritePaths=-${ca.dataDirectory}`);
    line("CapabilityBoundingSet=");
    line("LimitNOFILE=3024");
    // Without the right to do so, only root may listen on port 80.
    ca.write("ca.toml", '[serve]\nhttp = "0.0.0.0:80"\n');
    await install("systemd");
    assert.match(read(unit), /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
  });
});

Deno.test("certswap install systemd --ca lets the server write to a CA that replaces its own", async () => {
  await withInstalled(async ({ ca, name, install, read }) => {
    ca.write("ca.toml", '[serve]\nest = "127.0.0.1:8443"\nnames = ["ca.example"]\n');
    const unit = `${name.replace("-crl-", "-serve-")}.service`;
    const writes = (): string => /^ReadWritePaths=.*$/m.exec(read(unit))?.[0] ?? "";
    const next = join(ca.root, "next 100%");
    const installed = async (): Promise<string> => {
      const { exit, stderr } = await install("systemd");
      assert.equal(exit, 0, stderr);
      return writes();
    };
    const alone = `ReadWritePaths=-${ca.dataDirectory}`;
    const both = `${alone} "-${ca.root}/next 100%%"`;
    assert.equal(await installed(), alone);
    await ca.done(["rollover", "start", "--next", next, "--subject", "CN=G2"]);
    assert.equal(await installed(), both);
    // The job for the CRL only writes that of its own CA.
    assert.match(read(`${name}.service`), new RegExp(`^${alone}$`, "m"));
    await ca.done(["rollover", "switch"]);
    await ca.done(["rollover", "finish"]);
    assert.equal(await installed(), both);
  });
});

Deno.test("certswap install systemd --ca keeps the unit for failures", async () => {
  await withInstalled(async ({ name, install, read }) => {
    await install("systemd", "--on-failure", "mail.service");
    await install("systemd", "--metrics", "/var/lib/x.prom");
    assert.match(read(`${name}.service`), /^OnFailure=mail\.service$/m);
  });
});

Deno.test("certswap install cron --ca writes one line, with the passphrase file", async () => {
  await withInstalled(async ({ ca, name, install, read }) => {
    const { exit } = await install("cron", "--report", "mail", "--passphrase-file", "/etc/50%");
    assert.equal(exit, 0);
    const [line, ...others] = read(name).split("\n").filter((text) => /^\d/.test(text));
    assert.deepEqual(others, []);
    assert.match(line ?? "", /^\d+ \* \* \* \* root \/bin\/sh ca crl --if-due --quiet --data-dir /);
    assert.ok(line?.endsWith(`${ca.dataDirectory} --passphrase-file /etc/50\\%`), line);
  });
});

Deno.test("certswap install --ca --print writes nothing", async () => {
  await withInstalled(async ({ ca, install }) => {
    const before = ca.tree();
    const { exit, stdout } = await install("systemd", "--print");
    assert.equal(exit, 0);
    assert.match(stdout, / ca crl --if-due /);
    assert.deepEqual(ca.tree(), before);
  });
});

Deno.test("certswap install --ca runs as the owner of the CA's directory", async () => {
  await withCa(async (ca) => {
    const printed = async (): Promise<string> =>
      (await runCli(["install", "systemd", "--print", "--ca", ca.dataDirectory])).stdout;
    const { uid } = Deno.statSync(ca.dataDirectory);
    if (uid !== 0) return assert.match(await printed(), /^User=/m);
    assert.doesNotMatch(await printed(), /^User=/m);
    Deno.chownSync(ca.dataDirectory, 1, 1);
    assert.match(await printed(), /^User=daemon$/m);
    // That user's settings, too: root does nothing that they say.
    ca.write("ca.toml", '[serve]\nhttp = "127.0.0.1:8080"\n');
    Deno.chownSync(join(ca.dataDirectory, "ca.toml"), 1, 1);
    assert.match(await printed(), /^ExecStart=.* ca serve /m);
    Deno.chmodSync(join(ca.dataDirectory, "ca.toml"), 0o666);
    assert.equal(await printed(), "");
  });
});

Deno.test("certswap install --ca refuses a directory without a CA, and flags that do not fit", async () => {
  await withInstalled(async ({ ca, to, install }) => {
    for (
      const [flags, message] of [
        [["--config", "/c.toml"], /--config is given with --ca/],
        [["--metrics", "x.prom"], /--metrics is not an absolute path/],
        [["--passphrase-file", "pass"], /--passphrase-file is not an absolute path/],
      ] as const
    ) {
      const { exit, stderr } = await install("systemd", ...flags);
      assert.equal(exit, 2);
      assert.match(stderr, message);
    }
    const alone = await runCli(["install", "cron", "--metrics", "/x.prom"]);
    assert.match(alone.stderr, /--metrics is given without --ca/);
    const none = await runCli(["install", "cron", "--ca", ca.root, "--to", to]);
    assert.equal(none.exit, 1);
    assert.match(none.stderr, /CA not initialized/);
    assert.deepEqual([...Deno.readDirSync(to)], []);
  });
});

Deno.test("jobs for CAs in different directories have different names, which cron accepts", async () => {
  const places = [
    "/var/lib/ca",
    "/var/lib-ca",
    "/var/lib_ca",
    "/var/lib/c.a",
    "/\u00e4",
    `/${"x".repeat(300)}`,
  ];
  const names = await Promise.all(places.map(crlJobName));
  assert.equal(names[0], "certswap-crl-var-lib-ca");
  assert.equal(new Set(names).size, places.length);
  for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,200}$/);
});
