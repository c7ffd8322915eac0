/** Directories that belong to another user, while root runs certswap: nothing outside is reached. */
import assert from "node:assert/strict";
import { builtExecutable, type Ended, ordinaryUser, run } from "./support/executable.ts";
import { makePairs, type PairFilesAt } from "./support/pairs.ts";
import { readTree, withTemporaryDirectory } from "../support/temporary_directory.ts";

/** Where the runtime is unpacked, only once for root and once for the user: it takes seconds. */
const caches = Deno.makeTempDirSync({ prefix: "certswap-test-" });
Deno.chmodSync(caches, 0o755);
globalThis.addEventListener("unload", () => Deno.removeSync(caches, { recursive: true }));

const asRoot = { env: { CERTSWAP_CACHE: `${caches}/root` } };
const asUser = { env: { CERTSWAP_CACHE: `${caches}/user/cache` }, ...ordinaryUser };

/** The files of root, and of another user. */
interface Machine {
  /** A directory of root's, with pairs, a CA and a secret. */
  readonly directory: string;
  /** A directory that belongs to the other user, who can make names in it. */
  readonly app: string;
  readonly pair: PairFilesAt;
  /** Files of root's that no other user may read or change. */
  readonly secret: string;
  readonly rules: string;
  /** Runs certswap as root. */
  certswap(args: readonly string[]): Promise<Ended>;
  /** Runs certswap as root, and checks that the user's directory and the secrets are untouched. */
  refused(args: readonly string[], exit?: number): Promise<Ended>;
  /** Runs certswap as the other user. */
  asUser(args: readonly string[]): Promise<Ended>;
  /** Writes a configuration of root's. @returns the flags for it. */
  configure(text: string): string[];
}

/** A test that needs root and a second user. */
function placeTest(name: string, work: (machine: Machine) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.uid() !== 0,
    fn: () =>
      withTemporaryDirectory(async (directory) => {
        Deno.chmodSync(directory, 0o755);
        const certswap = (args: readonly string[]): Promise<Ended> =>
          run(builtExecutable, args, asRoot);
        const [pair] = await makePairs({ directory, certswap }, 1);
        assert(pair !== undefined);
        const [app, outside] = [`${directory}/app`, `${directory}/outside`];
        Deno.mkdirSync(outside, { mode: 0o700 });
        const [secret, rules] = [`${outside}/shadow`, `${outside}/sudoers`];
        Deno.writeTextFileSync(secret, "root:$6$SECRETHASH\n", { mode: 0o600 });
        Deno.writeTextFileSync(rules, "rules\n", { mode: 0o440 });
        Deno.mkdirSync(app);
        give(app);
        await work({
          directory,
          app,
          pair,
          secret,
          rules,
          certswap,
          async refused(args, exit = 1) {
            const before = [readTree(app), readTree(outside)];
            const ended = await certswap(args);
            assert.equal(ended.code, exit, ended.stderr + ended.stdout);
            assert.deepEqual([readTree(app), readTree(outside)], before, args.join(" "));
            return ended;
          },
          asUser: (args) => run(builtExecutable, args, asUser),
          configure(text) {
            const path = `${directory}/certswap.toml`;
            Deno.writeTextFileSync(path, text, { mode: 0o644 });
            return ["--config", path];
          },
        });
      }),
  });
}

/** Gives a file to the other user; of a link the link itself, not its target. */
function give(path: string): void {
  const { uid = 0, gid = 0 } = ordinaryUser;
  const { code } = new Deno.Command("chown", { args: ["-h", `${uid}:${gid}`, path] }).outputSync();
  assert.equal(code, 0);
}

function link(target: string, path: string): void {
  Deno.symlinkSync(target, path);
  give(path);
}

/** Writes a pair that belongs to the user. */
function activate({ app, pair }: Machine): void {
  for (
    const [from, name, mode] of [[pair.cert, "cert.pem", 0o644], [
      pair.key,
      "key.pem",
      0o600,
    ]] as const
  ) {
    Deno.copyFileSync(from, `${app}/${name}`);
    Deno.chmodSync(`${app}/${name}`, mode);
    give(`${app}/${name}`);
  }
}

const pairConfiguration = ({ app, directory }: Machine): string =>
  `[pair.app]
dir = "${app}"
subject = "CN=app.example"
names = ["DNS:app.example"]
issuer = { kind = "local", data_dir = "${directory}/ca" }
`;

placeTest(
  "root changes no pair in a directory of another user, and says both ways out",
  async (machine) => {
    const { app, pair, refused, configure } = machine;
    activate(machine);
    const given = ["--new-cert", pair.cert, "--new-key", pair.key];
    const config = configure(pairConfiguration(machine));
    for (
      const command of [
        ["swap", "--dir", app, ...given],
        ["stage", "--dir", app, ...given],
        ["swap", "--dir", app],
        ["rollback", "--dir", app],
        ["recover", "--dir", app],
        ["recover", ...config],
        ["rotate", ...config],
        ["rotate", "--force", ...config],
      ]
    ) {
      const { stderr } = await refused(command);
      const uid = ordinaryUser.uid;
      assert.match(
        stderr,
        new RegExp(`replace files in ${app} \\(owner: user ${uid}, mode 0755\\)`),
      );
      assert.match(stderr, /a directory that only root can write to.*owner, group, mode/);
      assert.match(
        stderr,
        new RegExp(`run certswap as user ${uid}: certswap install systemd .*--user NAME`),
      );
    }
  },
);

placeTest("no link of another user makes root write where it leads", async (machine) => {
  const { app, directory, secret, rules, refused, configure } = machine;
  link(secret, `${app}/key.pem`);
  await refused(["rotate", ...configure(pairConfiguration(machine))]);

  // A key of another service: not copied into the combined file, and not used for a request.
  Deno.removeSync(`${app}/key.pem`);
  activate(machine);
  Deno.renameSync(`${app}/key.pem`, `${directory}/outside/service.key`);
  link(`${directory}/outside/service.key`, `${app}/key.pem`);
  Deno.writeTextFileSync(`${app}/both.pem`, "");
  give(`${app}/both.pem`);
  await refused([
    "rotate",
    "--force",
    ...configure(
      pairConfiguration(machine).replace(
        `dir = "${app}"`,
        `certificate = "${app}/cert.pem"\nkey = "${app}/key.pem"\ncombined = "${app}/both.pem"\n` +
          "keep_key = true",
      ),
    ),
  ]);

  link(rules, `${app}/a.prom`);
  const tls = `${directory}/tls`;
  Deno.mkdirSync(tls);
  const config = configure(
    `metrics = "${app}/a.prom"\n${pairConfiguration(machine).replace(app, tls)}`,
  );
  const { stderr } = await refused(["rotate", ...config], 0);
  assert.match(stderr, /^Warning: cannot use .*\/a\.prom: other users can replace files in /);
  await refused(["status", ...config, "--metrics", `${app}/a.prom`]);
});

placeTest("what root obeys must not lie where another user can exchange it", async (machine) => {
  const { app, directory, pair, refused, configure } = machine;
  const tls = `${directory}/tls`;
  Deno.mkdirSync(tls);
  const anchors = `${app}/anchors.pem`;
  Deno.copyFileSync(`${directory}/ca/ca.crt`, anchors);
  const given = ["--new-cert", pair.cert, "--new-key", pair.key];
  await refused(["swap", "--dir", tls, ...given, "--trust", anchors]);

  const hook = `${app}/hook`;
  Deno.writeTextFileSync(hook, `#!/bin/sh\ntouch ${directory}/hook-ran\n`, { mode: 0o755 });
  const text = pairConfiguration(machine).replace(app, tls);
  for (
    const extra of [`hook = { command = ["${hook}"] }`, `trust = "${anchors}"`]
  ) {
    await refused(["rotate", ...configure(`${text}${extra}\n`)]);
    const { stderr } = await refused(["config", "check", ...configure(`${text}${extra}\n`)], 2);
    assert.match(
      stderr,
      /certswap\.toml:6: pair\.app\.(?:hook\.command|trust): cannot use .*--user NAME/,
    );
  }
  const program =
    `issuer = { kind = "command", command = ["${hook}"] }\ntrust = "${directory}/ca/ca.crt"`;
  await refused(["rotate", ...configure(text.replace(/issuer = .*/, program))]);
  assert.throws(() => Deno.statSync(`${directory}/hook-ran`), Deno.errors.NotFound);
  assert.deepEqual([...Deno.readDirSync(tls)], []);

  const own = `${app}/certswap.toml`;
  Deno.writeTextFileSync(own, text, { mode: 0o644 });
  const { stderr } = await refused(["rotate", "--config", own], 2);
  assert.match(
    stderr,
    /other users can replace files in .*, so they could make certswap run commands\./,
  );
  await refused(["config", "check", "--config", own], 2);
});

placeTest(
  "root changes no CA in a directory of another user, makes none there, and may look",
  async (machine) => {
    const { app, directory, refused } = machine;
    const certswap = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await machine.certswap(args);
      assert.equal(code, 0, stderr);
    };
    await refused(["ca", "init", "--subject", "CN=R", "--data-dir", `${app}/new`]);
    await refused([
      "ca",
      "request",
      "--subject",
      "CN=R",
      "--out-key",
      `${app}/k`,
      "--out-csr",
      `${app}/c`,
    ]);
    new Deno.Command("cp", { args: ["-a", `${directory}/ca`, `${app}/ca`] }).outputSync();
    const ca = ["--data-dir", `${app}/ca`];
    for (
      const command of [
        ["ca", "sign", `${directory}/1.csr`, ...ca],
        ["ca", "revoke", "02", ...ca],
        ["ca", "crl", ...ca],
        ["ca", "check", "--repair", ...ca],
        ["ca", "recover", ...ca],
      ]
    ) {
      await refused(command);
    }
    await certswap("ca", "list", ...ca);
    await certswap("ca", "verify", `${app}/ca/certs/02.pem`, ...ca);
    await certswap("ca", "check", ...ca);
  },
);

placeTest(
  "root may look at a pair of another user, and is told what a change would meet",
  async (machine) => {
    const { app, pair, certswap, configure } = machine;
    activate(machine);
    const before = readTree(app);
    const given = ["--new-cert", pair.cert, "--new-key", pair.key];
    const config = configure(pairConfiguration(machine));
    for (
      const [command, isWarned] of [
        [["status", "--dir", app], true],
        [["status", ...config], true],
        [["recover", "--dir", app, "--dry-run"], false],
        [["swap", "--dir", app, ...given, "--dry-run"], true],
        [["stage", "--dir", app, ...given, "--dry-run"], true],
        [["rotate", ...config, "--dry-run"], true],
      ] as const
    ) {
      const { code, stderr } = await certswap(command);
      assert.equal(code, 0, stderr);
      assert.equal(
        /^Warning: .*other users can replace files in /m.test(stderr),
        isWarned,
        stderr,
      );
    }
    assert.deepEqual(readTree(app), before);
  },
);

placeTest(
  "a service's own user renews the pair in its own directory, by a configuration of root's",
  async (machine) => {
    const { app, directory, asUser, configure } = machine;
    Deno.mkdirSync(`${caches}/user`);
    give(`${caches}/user`);
    const issuer = `${directory}/issuer`;
    Deno.writeTextFileSync(issuer, `#!/bin/sh\ncat ${machine.pair.cert}\n`, { mode: 0o755 });
    activate(machine);
    const config = configure(`[pair.app]
dir = "${app}"
keep_key = true
trust = "${directory}/ca/ca.crt"
issuer = { kind = "command", command = ["${issuer}"] }
`);
    const { code, stderr } = await asUser(["status", ...config]);
    assert.equal(code, 0, stderr);
    const swapped = await asUser([
      ...["swap", "--dir", app],
      ...["--new-cert", `${app}/cert.pem`, "--new-key", `${app}/key.pem`],
    ]);
    assert.equal(swapped.code, 0, swapped.stderr);
    const rotated = await asUser(["rotate", ...config]);
    assert.deepEqual([rotated.code, rotated.stderr], [0, ""]);
  },
);

placeTest(
  "files that are only read may lie anywhere, are not waited for, and are never echoed",
  async (machine) => {
    const { app, directory, pair, secret, certswap } = machine;
    const tls = `${directory}/tls`;
    Deno.mkdirSync(tls);
    activate(machine);
    const swap = (cert: string, key: string): Promise<Ended> =>
      certswap(["swap", "--dir", tls, "--new-cert", cert, "--new-key", key]);
    link(secret, `${app}/secret`);
    new Deno.Command("mkfifo", { args: [`${app}/pipe`] }).outputSync();
    for (const bad of [`${app}/secret`, `${app}/pipe`, app, "/dev/null"]) {
      for (
        const ended of [
          await swap(bad, pair.key),
          await swap(pair.cert, bad),
          await certswap(["ca", "sign", bad, "--data-dir", `${directory}/ca`]),
          await certswap(["ca", "verify", bad, "--data-dir", `${directory}/ca`]),
        ]
      ) {
        assert.equal(ended.code, 1, bad);
        assert.doesNotMatch(ended.stdout + ended.stderr, /SECRETHASH|root:/);
      }
    }
    assert.deepEqual([...Deno.readDirSync(tls)], []);
    const { code, stderr } = await swap(`${app}/cert.pem`, `${app}/key.pem`);
    assert.equal(code, 0, stderr);
  },
);

placeTest("a state directory of another user is for a person to look at", async (machine) => {
  const { directory, pair, certswap } = machine;
  const tls = `${directory}/tls`;
  Deno.mkdirSync(`${tls}/.certswap`, { recursive: true });
  give(`${tls}/.certswap`);
  const given = ["--new-cert", pair.cert, "--new-key", pair.key];
  const { code, stderr } = await certswap(["swap", "--dir", tls, ...given]);
  assert.equal(code, 4);
  assert.match(stderr, /\.certswap belongs to another user/);
});

placeTest("certswap install --user finds out what the user would be refused", async (machine) => {
  const { app, directory, refused, configure } = machine;
  const config = configure(pairConfiguration(machine));
  const units = `${directory}/units`;
  Deno.mkdirSync(units);
  const flags = [...config, "--to", units, "--program", "/bin/true"];
  assert.equal(
    (await machine.certswap(["install", "systemd", "--user", "nobody", ...flags])).code,
    0,
  );
  assert.match(
    Deno.readTextFileSync(`${units}/certswap-rotate-nobody.service`),
    /^User=nobody$/m,
  );
  const daemon = await refused(["install", "cron", "--user", "daemon", ...flags]);
  assert.match(daemon.stderr, new RegExp(`replace files in ${app}`));
  const unknown = await refused(["install", "cron", "--user", "no-such-user", ...flags], 2);
  assert.match(unknown.stderr, /there is no user 'no-such-user' in \/etc\/passwd/);
});

Deno.test("a pair under /dev/shm is refused with the reason", async () => {
  const shared = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "certswap-test-" });
  try {
    const { code, stderr } = await run(builtExecutable, ["status", "--dir", shared], asRoot);
    assert.equal(code, 1);
    assert.match(stderr, /cannot use files under \/dev, \/proc or \/sys.*\/run/);
  } finally {
    Deno.removeSync(shared, { recursive: true });
  }
});
