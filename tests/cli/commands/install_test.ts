/** `certswap install`: what it writes and refuses. */
import assert from "node:assert/strict";
import { denoFileSystem, FileSystemError, join, type System } from "../../../lib/system/mod.ts";
import { type TestConfiguration, withConfiguration } from "../../support/configuration.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { refusing, runCli, testSystem, withUmask } from "../../support/test_world.ts";

const text = `metrics = "$ROOT/metrics/certswap.prom"
[pair.web]
dir = "$ROOT/link"
services = ["nginx.service"]
[pair.mail]
dir = "$ROOT/missing"
issuer = { kind = "local", data_dir = "$ROOT/ca" }
`;

/** A configuration, a directory for units, and a substitute for the executable. */
async function withInstallation(
  work: (
    configuration: TestConfiguration & {
      readonly units: string;
      /** The flags that every call needs. */
      readonly flags: readonly string[];
    },
  ) => Promise<void>,
): Promise<void> {
  await withConfiguration({ "certswap.toml": text, "ca/x": "" }, async (configuration) => {
    const { root, path, tls } = configuration;
    Deno.symlinkSync(tls, join(root, "link"));
    const units = join(root, "units");
    Deno.mkdirSync(units);
    const flags = ["--config", path, "--to", units, "--program", "/bin/sh"];
    await work({ ...configuration, units, flags });
  });
}

Deno.test("certswap install systemd writes its units once, and prints what to run next", async () => {
  await withInstallation(async ({ root, units, flags, path, tls }) => {
    const system = testSystem({ files: withUmask(denoFileSystem, 0o077) });
    const first = await runCli(["install", "systemd", ...flags], { system });
    assert.equal(first.exit, 0);
    assert.equal(first.stderr, "");
    assert.deepEqual(first.stdout.split("\n"), [
      `Created ${units}/certswap-rotate.timer`,
      `Created ${units}/certswap-rotate.service`,
      `Created ${units}/certswap-recover.service`,
      "Now run",
      "  systemctl daemon-reload",
      "  systemctl reenable certswap-recover.service",
      "  systemctl enable --now certswap-rotate.timer",
      "",
    ]);
    assert.deepEqual(denoFileSystem.readDirectory(units), [
      "certswap-recover.service",
      "certswap-rotate.service",
      "certswap-rotate.timer",
    ]);
    const rotate = join(units, "certswap-rotate.service");
    assert.equal((Deno.statSync(rotate).mode ?? 0) & 0o777, 0o644, "for everybody, like all units");
    const unit = Deno.readTextFileSync(rotate);
    assert.match(
      unit,
      new RegExp(`^ExecStart=/bin/sh rotate --config ${path} --log journal$`, "m"),
    );
    const writable = ["ca", "metrics", "missing", "tls"].map((name) => `-${root}/${name}`);
    assert.match(unit, new RegExp(`^ReadWritePaths=${writable.join(" ")}$`, "m"), "links resolved");
    assert.equal(tls, join(root, "tls"));

    const before = readTree(root);
    const second = await runCli(["install", "systemd", ...flags]);
    assert.equal(
      second.stdout,
      "Everything is installed. If you have not done so yet, run\n" +
        "  systemctl daemon-reload\n" +
        "  systemctl reenable certswap-recover.service\n" +
        "  systemctl enable --now certswap-rotate.timer\n",
    );
    assert.equal(second.stderr, "");
    assert.deepEqual(readTree(root), before);

    Deno.writeTextFileSync(path, text.replaceAll("$ROOT", root).replace("nginx", "apache2"));
    const json = JSON.parse((await runCli(["install", "systemd", ...flags, "--json"])).stdout);
    assert.deepEqual(json.files.map(({ change }: { change: string }) => change), [
      "unchanged",
      "unchanged",
      "replaced",
    ]);
    assert.equal(json.next.length, 3);
    assert.match(
      Deno.readTextFileSync(join(units, "certswap-recover.service")),
      /^Before=apache2\.service$/m,
    );
  });
});

Deno.test("certswap install systemd --print shows every unit and writes nothing", async () => {
  await withInstallation(async ({ root, path, units }) => {
    const before = readTree(root);
    const words = ["install", "systemd", "--config", path, "--to", units, "--print"];
    const { exit, stdout } = await runCli(words);
    assert.equal(exit, 0, "the executable need not be there yet");
    for (const name of ["rotate.timer", "rotate.service", "recover.service"]) {
      assert(
        stdout.includes(
          `# ${units}/certswap-${name}\n# Written by 'certswap install' from ${path}.\n`,
        ),
      );
    }
    assert.match(stdout, /^ExecStart=\/usr\/local\/bin\/certswap recover --config /m);
    const { files } = JSON.parse((await runCli([...words, "--json"])).stdout);
    assert.equal(files.length, 3);
    assert(stdout.includes(files[2].text));
    assert.deepEqual(readTree(root), before);
  });
});

/** The real system with these programs, and without the others that cron may need. */
function withPrograms(...programs: readonly string[]): System {
  const realPath = (path: string): string => {
    if (programs.includes(path)) return path;
    const isNeeded = cronDaemons.includes(path) || /\/(?:sendmail|logger)$/.test(path);
    if (!isNeeded) return denoFileSystem.realPath(path);
    throw new FileSystemError("ENOENT", "realpath", path);
  };
  return testSystem({ files: { ...denoFileSystem, realPath } });
}

const cronDaemons = [
  "/usr/sbin/cron",
  "/usr/sbin/crond",
  "/usr/bin/crond",
  "/usr/sbin/bcron-start",
  "/usr/lib/systemd/system-generators/systemd-crontab-generator",
];

Deno.test("certswap install cron writes its crontab, and --print prints exactly that", async () => {
  await withInstallation(async ({ units, flags }) => {
    const system = withPrograms("/usr/sbin/cron", "/usr/sbin/sendmail");
    const printed = await runCli(["install", "cron", ...flags, "--print"], { system });
    const { exit, stdout, stderr } = await runCli(["install", "cron", ...flags], { system });
    assert.equal(stderr, "");
    assert.equal(exit, 0);
    assert.equal(stdout, `Created ${units}/certswap\n`);
    assert.equal(Deno.readTextFileSync(join(units, "certswap")), printed.stdout);
    assert.match(printed.stdout, /^\d+ \* \* \* \* root \/bin\/sh rotate --config /m);
    const again = await runCli(["install", "cron", ...flags], { system });
    assert.deepEqual(again, { exit: 0, stdout: "", stderr: "" });
  });
});

const reports: readonly (readonly [
  what: string,
  given: { readonly programs: readonly string[]; readonly flags: readonly string[] },
  expected: { readonly syslog: boolean; readonly note: RegExp },
])[] = [
  ["mails", { programs: ["/usr/lib/sendmail", "/bin/logger"], flags: [] }, {
    syslog: false,
    note: /^$/,
  }],
  ["logs where nothing can send mail, and says so", { programs: ["/bin/logger"], flags: [] }, {
    syslog: true,
    note: /^This machine has no sendmail, .* to syslog instead, with the tag certswap\.\n$/,
  }],
  ["logs if it is asked to", {
    programs: ["/usr/sbin/sendmail", "/usr/bin/logger"],
    flags: ["--report", "syslog"],
  }, { syslog: true, note: /^$/ }],
  ["mails if asked to, and says that cron cannot", {
    programs: ["/usr/bin/logger"],
    flags: ["--report", "mail"],
  }, { syslog: false, note: /^This machine has no sendmail: .* use --report syslog\.\n$/ }],
  ["says that failures go unnoticed if the machine supports neither", { programs: [], flags: [] }, {
    syslog: false,
    note: /failures go unnoticed\. Install a mail transfer agent\.\n$/,
  }],
  ["says that there is no logger", { programs: [], flags: ["--report", "syslog"] }, {
    syslog: true,
    note: /^This machine has no logger\(1\)/,
  }],
];

for (const [what, { programs, flags: given }, { syslog, note }] of reports) {
  Deno.test(`certswap install cron ${what}`, async () => {
    await withInstallation(async ({ units, flags }) => {
      const system = withPrograms("/usr/sbin/cron", ...programs);
      const words = ["install", "cron", ...given, ...flags];
      const { exit, stderr } = await runCli(words, { system });
      assert.equal(exit, 0);
      assert.match(stderr, note);
      const table = Deno.readTextFileSync(join(units, "certswap"));
      assert.equal(table.includes("| logger -t certswap"), syslog);
    });
  });
}

Deno.test("certswap install systemd keeps --on-failure until another unit is given", async () => {
  await withInstallation(async ({ units, flags }) => {
    const onFailure = (): (string | undefined)[] =>
      ["rotate", "recover"].map((name) => {
        const unit = Deno.readTextFileSync(join(units, `certswap-${name}.service`));
        return /^OnFailure=(.*)$/m.exec(unit)?.[1];
      });
    const install = async (...words: readonly string[]): Promise<string> => {
      const { exit, stderr } = await runCli(["install", "systemd", ...flags, ...words]);
      assert.equal(exit, 0);
      return stderr;
    };
    assert.match(
      await install("--on-failure", "no-such@%n.service"),
      /^The unit no-such@\.service does not exist yet/,
    );
    assert.deepEqual(onFailure(), ["no-such@%n.service", "no-such@%n.service"]);
    Deno.writeTextFileSync(join(units, "no-such@.service"), "");
    assert.equal(await install(), "");
    assert.deepEqual(onFailure(), ["no-such@%n.service", "no-such@%n.service"]);
    await install("--on-failure", "none");
    assert.deepEqual(onFailure(), [undefined, undefined]);
  });
});

for (const unit of ["mail", "mail@.service", "mail.service\nExecStart=x.service", ""]) {
  Deno.test(`certswap install systemd --on-failure ${JSON.stringify(unit)} is refused`, async () => {
    await withInstallation(async ({ root, flags }) => {
      const before = readTree(root);
      const words = ["install", "systemd", ...flags, "--on-failure", unit];
      const { exit, stderr } = await runCli(words);
      assert.equal(exit, 2);
      assert.match(stderr, /--on-failure.*\nHint: .*certswap-failure@%n\.service/);
      assert.deepEqual(readTree(root), before);
    });
  });
}

Deno.test("certswap install systemd says that no pair sets its services", async () => {
  await withInstallation(async ({ root, flags, path }) => {
    Deno.writeTextFileSync(path, `[pair.web]\ndir = "${root}/tls"\n`);
    const { exit, stderr } = await runCli(["install", "systemd", ...flags]);
    assert.equal(exit, 0);
    assert.match(stderr, /^No pair sets 'services', so .*services = \["NAME\.service"\]/);
  });
});

Deno.test("certswap install never replaces a foreign file, and then writes nothing", async () => {
  await withInstallation(async ({ root, units, flags }) => {
    Deno.writeTextFileSync(join(units, "certswap-recover.service"), "[Unit]\n# mine\n");
    const before = readTree(root);
    const { exit, stderr } = await runCli(["install", "systemd", ...flags]);
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /certswap-recover\.service already exists, and certswap did not write it\nHint: /,
    );
    assert.deepEqual(readTree(root), before);
  });
});

const refused: readonly (readonly [flags: readonly string[], exit: number, problem: RegExp])[] = [
  [["--program", "certswap"], 2, /--program is not an absolute path/],
  [["--program", "/missing/certswap"], 1, /\/missing\/certswap.*\nHint: .* --program/],
  [
    ["--program", "/etc/passwd"],
    1,
    /\/etc\/passwd is not executable\nHint: .*chmod \+x \/etc\/passwd/,
  ],
  [["--program", "/bin/\nsh"], 1, /contains characters that a unit or a crontab cannot contain/],
  [
    ["--to", "/missing/units"],
    1,
    /^Error: cannot create \/missing\/units\/certswap: directory .*\nHint: .*mkdir -p \/missing\/units\n$/,
  ],
  [["--config", "/missing.toml"], 2, /the configuration \/missing\.toml does not exist/],
  [["--user", "no-such-user"], 2, /^Error: (?:there is )?no user 'no-such-user' in \/etc\/passwd/],
  [["--user", "a.b"], 2, /a user name may have letters/],
  [["--user", "a b\nc"], 2, /a user name may have letters/],
];

for (const [flags, exit, problem] of refused) {
  Deno.test(`certswap install cron ${JSON.stringify(flags.join(" "))} is refused`, async () => {
    await withInstallation(async (installation) => {
      const words = ["--config", "--to", "--program"].flatMap((flag, index) =>
        flag === flags[0] ? flags : [flag, installation.flags[2 * index + 1] ?? ""]
      );
      if (flags[0] === "--user") words.push(...flags);
      const before = readTree(installation.root);
      const run = await runCli(["install", "cron", ...words]);
      assert.equal(run.exit, exit);
      assert.match(run.stderr, problem);
      assert.deepEqual(readTree(installation.root), before);
    });
  });
}

/** The real system with one user in passwd(5): `svc`, the user of this process. */
function withUser(root: string): System {
  const passwd = join(root, "passwd");
  const line = (name: string): string => `${name}:x:${Deno.uid()}:${Deno.gid()}::/:/bin/sh\n`;
  Deno.writeTextFileSync(passwd, `# ${line("svc2")}svc3:x:-1:::\n${line("svc")}`);
  const at = (path: string): string => path === "/etc/passwd" ? passwd : path;
  return testSystem({
    files: {
      ...denoFileSystem,
      stat: (path) => denoFileSystem.stat(at(path)),
      realPath: (path) => denoFileSystem.realPath(at(path)),
      openFile: (path) => denoFileSystem.openFile(at(path)),
    },
  });
}

Deno.test("certswap install --user writes separate units and crontabs, next to root's", async () => {
  await withInstallation(async ({ root, units, flags, path }) => {
    const system = withUser(root);
    const user = ["--user", "svc"];
    assert.equal((await runCli(["install", "systemd", ...flags], { system })).exit, 0);
    assert.equal((await runCli(["install", "cron", ...flags], { system })).exit, 0);
    const { exit, stdout, stderr } = await runCli(["install", "systemd", ...user, ...flags], {
      system,
    });
    assert.deepEqual([exit, stderr], [0, ""]);
    assert.deepEqual(stdout.split("\n").slice(3), [
      "Now run",
      "  systemctl daemon-reload",
      "  systemctl reenable certswap-recover-svc.service",
      "  systemctl enable --now certswap-rotate-svc.timer",
      "",
    ]);
    await runCli(["install", "cron", ...user, ...flags], { system });
    assert.deepEqual(denoFileSystem.readDirectory(units), [
      "certswap",
      "certswap-recover-svc.service",
      "certswap-recover.service",
      "certswap-rotate-svc.service",
      "certswap-rotate-svc.timer",
      "certswap-rotate.service",
      "certswap-rotate.timer",
      "certswap-svc",
    ]);
    const table = Deno.readTextFileSync(join(units, "certswap-svc"));
    assert.match(table, new RegExp(`^@reboot svc /bin/sh recover --config ${path}$`, "m"));
    for (const unknown of ["svc2", "svc3", "sv"]) {
      const refused = await runCli(["install", "cron", "--user", unknown, ...flags], { system });
      assert.equal(refused.exit, 2, unknown);
    }
  });
});

Deno.test("certswap install --user refuses what would fail for that user at every run", async () => {
  await withInstallation(async ({ root, tls, flags }) => {
    const system = withUser(root);
    Deno.chmodSync(tls, 0o777);
    const before = readTree(root);
    const words = ["install", "systemd", "--user", "svc", ...flags];
    const { exit, stderr } = await runCli(words, { system });
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /other users can replace files in .*tls \(owner: (?:root|user \d+), mode 0777\)\nHint: .*chmod go-w/,
    );
    assert.deepEqual(readTree(root), before);
  });
});

Deno.test("certswap install leaves no partial file on a full disk", async () => {
  await withInstallation(async ({ root, flags }) => {
    const before = readTree(root);
    const files = refusing(
      denoFileSystem,
      (operation) => operation === "rename" ? "ENOSPC" : undefined,
    );
    const { exit } = await runCli(["install", "systemd", ...flags], {
      system: testSystem({ files }),
    });
    assert.equal(exit, 1);
    assert.deepEqual(readTree(root), before);
  });
});

Deno.test("certswap install cron warns if no cron daemon reads the crontab", async () => {
  await withInstallation(async ({ flags, units }) => {
    const without = withPrograms("/usr/sbin/sendmail");
    const { exit, stderr } = await runCli(["install", "cron", ...flags], { system: without });
    assert.equal(exit, 0);
    assert.match(
      stderr,
      /^Warning: no cron daemon is installed on this machine: nothing reads /,
    );
    assert.ok(stderr.includes(units), stderr);
    assert.match(stderr, /\nHint: Install one .*'certswap install systemd --config \S+'\.\n/);
    for (const daemon of cronDaemons) {
      const system = withPrograms(daemon, "/usr/sbin/sendmail");
      const { stderr } = await runCli(["install", "cron", ...flags], { system });
      assert.doesNotMatch(stderr, /no cron daemon/, daemon);
    }
  });
});
