/**
 * The first half of the self-contained executable, a shell script that runs before certswap itself. In
 * every situation it must either run certswap exactly as it was called, or say why not and run nothing. It
 * must never trust a cache that another user can have touched.
 */
import assert from "node:assert/strict";
import {
  giveToOrdinaryUser,
  isSelfContained,
  namesUnder,
  ordinaryUser,
  run,
  withPlace,
} from "./support/executable.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";

const isRoot = Deno.uid() === 0;

/** A test that only concerns the self-contained executable. */
function test(name: string, fn: () => Promise<void>, options: { ignore?: boolean } = {}): void {
  const { ignore = false } = options;
  Deno.test({ name: `the launcher ${name}`, fn, ignore: ignore || !isSelfContained });
}

const version = /^certswap \d+\.\d+\.\d+\nDeno [\d.]+, V8 [^\n]+\nBuilt [^\n]+, self-contained\n$/;

function homes(cache: string): string[] {
  return [...Deno.readDirSync(cache)].map(({ name }) => name).sort();
}

test("unpacks once, silently, and starts from there afterwards", async () => {
  await withPlace(async ({ cache, certswap }) => {
    const first = await certswap(["--version"]);
    assert.match(first.stdout, version);
    assert.equal(first.stderr, "");
    const [home = ""] = homes(cache);
    assert.match(home, /^\d{8}T\d{6}Z-[0-9a-f]{16}$/);
    const runtime = `${cache}/${home}/runtime/deno`;
    const { ino, mtime } = await Deno.stat(runtime);
    assert.deepEqual(await certswap(["--version"]), first);
    const again = await Deno.stat(runtime);
    assert.deepEqual([again.ino, again.mtime], [ino, mtime]);
  });
});

test("works with every umask, although certswap could not enter its own directories", async () => {
  await withPlace(async ({ directory, executable, cache, certswap }) => {
    const masked = (mask: string, args: readonly string[]): ReturnType<typeof run> =>
      run("/bin/sh", ["-c", 'umask "$0"; exec "$@"', mask, executable, ...args], {
        env: { CERTSWAP_CACHE: cache },
        cwd: directory,
        ...ordinaryUser,
      });
    const made = await masked("777", ["ca", "init", "--data-dir", "ca", "--subject", "CN=Root"]);
    assert.equal(made.code, 0, made.stderr);
    const crl = ["ca", "crl", "--data-dir", "ca"];
    for (const mask of ["777", "277"]) {
      const { code, stderr } = await masked(mask, crl);
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await certswap([...crl.slice(0, -1), `${directory}/ca`]);
    assert.equal(code, 0, stderr);
    for (const name of ["", "/.certswap"]) {
      const { mode } = Deno.statSync(`${directory}/ca${name}`);
      assert.equal((mode ?? 0) & 0o777, 0o700, `mode of ca${name}`);
    }
  });
});

test("answers --version, also as JSON, without the rest of certswap", async () => {
  await withPlace(async ({ cache, certswap }) => {
    const plain = await certswap(["--version"]);
    const [home = ""] = homes(cache);
    const runtime = `${cache}/${home}/runtime`;
    const needed = ["deno", "main.js", "version.js"];
    for (const { name } of [...Deno.readDirSync(runtime)]) {
      if (!needed.includes(name)) Deno.removeSync(`${runtime}/${name}`);
    }
    assert.deepEqual(await certswap(["--version"]), plain);
    const { code, stdout, stderr } = await certswap(["--version", "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { version, deno, v8, kind, built } = JSON.parse(stdout);
    const lines = `certswap ${version}\nDeno ${deno}, V8 ${v8}\nBuilt ${built}, ${kind}\n`;
    assert.equal(lines, plain.stdout);
  });
});

test("keeps everything that it unpacks to its owner", async () => {
  await withPlace(async ({ cache, certswap }) => {
    await certswap(["--version"]);
    const [home = ""] = homes(cache);
    for (const name of ["", `/${home}`, `/${home}/runtime`, `/${home}/code`]) {
      assert.equal(((await Deno.stat(cache + name)).mode ?? 0) & 0o7777, 0o700, name);
    }
    for (const { name } of Deno.readDirSync(`${cache}/${home}/runtime`)) {
      const { mode } = await Deno.stat(`${cache}/${home}/runtime/${name}`);
      assert.equal((mode ?? 0) & 0o077, 0, name);
    }
  });
});

test("chooses the cache: --cache-dir, $CERTSWAP_CACHE, $XDG_CACHE_HOME, $HOME", async () => {
  await withPlace(async ({ directory, certswap }) => {
    const env = {
      CERTSWAP_CACHE: `${directory}/variable`,
      XDG_CACHE_HOME: `${directory}/xdg`,
      HOME: `${directory}/home`,
    };
    const { CERTSWAP_CACHE: _1, ...withoutOwn } = env;
    const { XDG_CACHE_HOME: _2, ...onlyHome } = withoutOwn;
    const cases = [
      ["flag", ["--cache-dir", `${directory}/flag`, "--version"], env],
      ["flag=", [`--cache-dir=${directory}/flag=`, "--version"], env],
      ["relative", ["--cache-dir", "relative", "--version"], env],
      ["variable", ["--version"], env],
      ["xdg/certswap", ["--version"], withoutOwn],
      ["home/.cache/certswap", ["--version"], onlyHome],
      // The specification says that a relative path is to be ignored.
      ["home/.cache/certswap", ["--version"], { ...onlyHome, XDG_CACHE_HOME: "relative-xdg" }],
    ] as const;
    for (const [expected, args, env] of cases) {
      const { stdout, stderr } = await certswap(args, { env, cwd: directory });
      assert.match(stdout, version, `${expected}: ${stderr}`);
      assert.equal(homes(`${directory}/${expected}`).length, 1);
      await Deno.remove(`${directory}/${expected}`, { recursive: true });
    }
    assert.ok(!namesUnder(directory).includes("relative-xdg"));
  });
});

test("passes arguments, exit code and working directory through", async () => {
  await withPlace(async ({ directory, certswap }) => {
    for (
      const word of [" ", "*", "a  b", "$(id)", "`id`", "new\nline *", "\\", "'\"", "~", "a\n"]
    ) {
      await Deno.mkdir(`${directory}/${word}`);
      const { code, stdout } = await certswap(["status", "--json", "--dir", word], {
        cwd: directory,
      });
      assert.equal(code, 1);
      const { files } = JSON.parse(stdout).active;
      assert.equal(files.certificate, `${directory}/${word}/cert.pem`);
    }
    const empty = await certswap(["status", "--dir", ""]);
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /the path is empty/);
  });
});

test("runs in every POSIX shell that is installed", async () => {
  await withPlace(async ({ executable, cache }) => {
    const shells = [["/bin/dash"], ["/bin/bash", "--posix"], ["/bin/busybox", "sh"], ["/bin/ksh"]];
    let tried = 0;
    for (const [shell = "", ...args] of shells) {
      if (!await Deno.stat(shell).then(() => true, () => false)) continue;
      tried++;
      await Deno.remove(cache, { recursive: true }).catch(() => {});
      for (let time = 0; time < 2; time++) {
        const { stdout, stderr } = await run(shell, [...args, executable, "--version"], {
          env: { CERTSWAP_CACHE: cache },
          ...ordinaryUser,
        });
        assert.match(stdout, version, shell);
        assert.equal(stderr, "", shell);
      }
    }
    assert.ok(tried >= 2);
  });
});

test("runs nothing in a working directory that was removed, and says so", async () => {
  await withPlace(async ({ directory, executable }) => {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" --version`;
    const { code, stdout, stderr } = await run("/bin/sh", ["-c", script, executable], {
      cwd: directory,
      env: { PATH: "/usr/bin:/bin" },
    });
    const said = "certswap: the working directory is gone: change to one that is there. " +
      "Nothing was run.\n";
    assert.deepEqual([code, stdout], [1, ""]);
    assert.ok(stderr.endsWith(said), stderr);
  });
});

test("passes descriptors of every number through", async () => {
  await withPlace(async ({ directory, executable, cache }) => {
    const env = { CERTSWAP_CACHE: cache };
    await run(executable, ["--version"], { env, ...ordinaryUser });
    // The open descriptors from 3 to 9 in the runtime, while it waits for a lock.
    const script = `exec 3<"$1" 4<"$1" 9<"$1"
flock "$1/tls/.certswap/cert.pem.lock" sleep 3 & sleep 0.2
"$2" recover --dir "$1/tls" --lock-timeout 2s 2>/dev/null & sleep 1
for number in 3 4 9; do readlink "/proc/$!/fd/$number"; done`;
    for (const path of [`${directory}/tls`, `${directory}/tls/.certswap`]) {
      await Deno.mkdir(path, { mode: 0o700 });
      await giveToOrdinaryUser(path);
    }
    const { stdout } = await run("/bin/sh", ["-c", script, "sh", directory, executable], {
      env: { ...env, PATH: "/usr/bin:/bin" },
      ...ordinaryUser,
    });
    assert.equal(stdout, `${directory}\n`.repeat(3));
  });
});

test("starts from a path with spaces, quotes and line breaks, and by a link", async () => {
  await withPlace(async ({ directory, executable, certswap }) => {
    const odd = `${directory}/a b\n'"$x*%41#?`;
    await Deno.mkdir(odd);
    await giveToOrdinaryUser(odd);
    await Deno.rename(executable, `${odd}/cert swap\n`);
    await Deno.symlink(`${odd}/cert swap\n`, executable);
    const env = { CERTSWAP_CACHE: `${odd}/the cache\n` };
    for (let time = 0; time < 2; time++) {
      const { stdout, stderr } = await certswap(["--version"], { env });
      assert.match(stdout, version);
      assert.equal(stderr, "");
    }
    assert.equal(homes(env.CERTSWAP_CACHE).length, 1);
    const shell = ["-c", 'cd "$1" && PATH=. && "$2" --version', "sh", odd, "cert swap\n"];
    assert.match((await run("/bin/sh", shell, { env, ...ordinaryUser })).stdout, version);
  });
});

test("lets two, or ten, first starts happen at the same time", async () => {
  await withPlace(async ({ cache, certswap }) => {
    const runs = await Promise.all(Array.from({ length: 10 }, () => certswap(["--version"])));
    for (const { code, stdout, stderr } of runs) {
      assert.equal(code, 0);
      assert.match(stdout, version);
      assert.equal(stderr, "");
    }
    assert.equal(homes(cache).length, 1, homes(cache).join(" "));
  });
});

test("starts as if nothing had happened after a kill at any moment of unpacking", async () => {
  await withPlace(async ({ cache, executable, certswap }) => {
    for (let round = 0; round < 12; round++) {
      await Deno.remove(cache, { recursive: true }).catch(() => {});
      const child = new Deno.Command("/usr/bin/setsid", {
        args: [executable, "--version"],
        clearEnv: true,
        env: { CERTSWAP_CACHE: cache },
        ...ordinaryUser,
        stdout: "null",
        stderr: "null",
      }).spawn();
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 900));
      try {
        // All processes together, as a power cut would: the shell, gzip, the installer.
        await run("/bin/kill", ["-KILL", "--", `-${child.pid}`]);
      } finally {
        await child.status;
      }
      const { code, stdout, stderr } = await certswap(["--version"]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, version);
      assert.equal(stderr, "");
      assert.equal(homes(cache).length, 1, homes(cache).join(" "));
    }
  });
});

test("unpacks again if the cache was damaged", async () => {
  await withPlace(async ({ cache, certswap }) => {
    await certswap(["--version"]);
    const runtime = `${cache}/${homes(cache)[0]}/runtime`;
    const damages: [string, () => Promise<void>][] = [
      ["a module is empty", () => Deno.truncate(`${runtime}/main.js`)],
      ["the runtime is cut off", () => Deno.truncate(`${runtime}/deno`, 1_000_000)],
      ["a module is gone", () => Deno.remove(`${runtime}/main.js`)],
      ["a module is too many", () => Deno.writeTextFile(`${runtime}/more.js`, "x")],
      ["others may write to a module", () => Deno.chmod(`${runtime}/main.js`, 0o666)],
      ["others may write to the directory", () => Deno.chmod(runtime, 0o777)],
      ["the runtime may not be run", () => Deno.chmod(`${runtime}/deno`, 0o600)],
    ];
    for (const [name, damage] of damages) {
      await damage();
      const { stdout, stderr } = await certswap(["--version"]);
      assert.match(stdout, version, name);
      assert.equal(stderr, "", name);
      assert.equal(homes(cache).length, 1, `${name}: ${homes(cache).join(" ")}`);
      assert.equal(((await Deno.stat(runtime)).mode ?? 0) & 0o777, 0o700, name);
    }
  });
});

/** Checks that it ran from a temporary directory, said so in one line, and left nothing there. */
async function runsFromTemporaryDirectory(
  { directory, certswap }: Parameters<Parameters<typeof withPlace>[0]>[0],
  { env, complaint }: { env: Record<string, string>; complaint: RegExp },
): Promise<void> {
  // Not below the place: a test may have given other users access to it.
  await withTemporaryDirectory(async (temporary) => {
    await giveToOrdinaryUser(temporary);
    const { code, stdout, stderr } = await certswap(["--version"], {
      env: { ...env, TMPDIR: temporary },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, version);
    assert.match(stderr, /^certswap: [^\n]+: running from a temporary directory\n$/);
    assert.match(stderr, complaint);
    assert.deepEqual(namesUnder(temporary), []);
    const status = await certswap(["status", "--dir", directory], {
      env: { ...env, TMPDIR: temporary },
    });
    assert.equal(status.code, 1, "every module is there, although the directory is gone");
    assert.match(status.stdout, /^Active pair: MISSING/);
  });
}

test("runs from a temporary directory if there is no place for a cache", async () => {
  await withPlace(async (place) => {
    await runsFromTemporaryDirectory(place, { env: {}, complaint: /CERTSWAP_CACHE.*HOME/ });
    await runsFromTemporaryDirectory(place, {
      env: { CERTSWAP_CACHE: "/proc/cache" },
      complaint: /cannot be made/,
    });
  });
});

test("does not trust a cache that belongs to another user", async () => {
  await withPlace(async (place) => {
    const { cache, certswap } = place;
    await certswap(["--version"]);
    const file = `${cache}/${homes(cache)[0]}/runtime/main.js`;
    await Deno.writeTextFile(file, "x".repeat((await Deno.stat(file)).size));
    for (const path of namesUnder(cache)) await Deno.chown(`${cache}/${path}`, 1234, 1234);
    await Deno.chown(cache, 1234, 1234);
    await Deno.chmod(cache, 0o777);
    const env = { CERTSWAP_CACHE: cache };
    await runsFromTemporaryDirectory(place, { env, complaint: /must belong to you or to root/ });
  });
}, { ignore: !isRoot });

test("does not trust a cache that others can write to, or reach from above", async () => {
  await withPlace(async (place) => {
    const { directory, cache } = place;
    await Deno.mkdir(cache);
    await giveToOrdinaryUser(cache);
    await Deno.chmod(cache, 0o770);
    const env = { CERTSWAP_CACHE: cache };
    await runsFromTemporaryDirectory(place, { env, complaint: /must belong to you or to root/ });
    await Deno.chmod(cache, 0o700);
    await Deno.chmod(directory, 0o777);
    await runsFromTemporaryDirectory(place, { env, complaint: /directory that others can change/ });
    // Like /tmp: others may add entries, but not remove them.
    await Deno.chmod(directory, 0o1777);
    assert.equal((await place.certswap(["--version"])).stderr, "");
  });
});

test("runs nothing if the file is truncated anywhere", async () => {
  await withPlace(async ({ executable, certswap, cache }) => {
    await certswap(["--version"]);
    const whole = await Deno.readFile(executable);
    const end = new TextDecoder("latin1").decode(whole.subarray(0, 40_000)).indexOf('main "$@"');
    const lengths = [115, 200, 400, 1000, 2000, 4000, end - 20, end, end + 9, end + 500];
    for (const length of [...lengths, whole.length - 1]) {
      await Deno.writeFile(executable, whole.subarray(0, length));
      for (const env of [{ CERTSWAP_CACHE: cache }, { CERTSWAP_CACHE: `${cache}-new` }]) {
        const { code, stdout, stderr } = await certswap(["--version"], { env });
        assert.notEqual(code, 0, `${length} bytes`);
        assert.equal(stdout, "", `${length} bytes`);
        assert.match(stderr, /truncated|corrupt/, `${length} bytes`);
        assert.deepEqual(namesUnder(`${cache}-new`), []);
      }
    }
  });
});

test("unpacks nothing if a single bit of the file is changed", async () => {
  await withPlace(async ({ executable, certswap, cache }) => {
    const whole = await Deno.readFile(executable);
    for (const share of [0.0008, 0.01, 0.3, 0.7, 0.9999]) {
      const at = Math.floor(whole.length * share);
      const altered = whole.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      await Deno.writeFile(executable, altered);
      const { code, stdout, stderr } = await certswap(["--version"]);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.equal(
        stderr,
        "certswap: this file is corrupt or altered: copy it again. Nothing was run.\n",
      );
      assert.deepEqual(namesUnder(cache), []);
    }
  });
});

test("says which program is missing", async () => {
  await withPlace(async ({ directory, executable, certswap, cache }) => {
    const bin = `${directory}/bin`;
    await Deno.mkdir(bin);
    for (const name of ["sh", "ls", "head", "tail", "mkdir", "rm"]) {
      await Deno.symlink(`/bin/${name}`, `${bin}/${name}`);
    }
    const { code, stdout, stderr } = await certswap(["--version"], {
      env: { CERTSWAP_CACHE: cache, PATH: bin },
    });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /needed and missing.*: gzip sha256sum/);
    assert.ok(executable.endsWith("certswap"));
  });
});

test("hides variables that change the behaviour of the runtime, and keeps the rest", async () => {
  await withPlace(async ({ directory, certswap, cache }) => {
    const env = {
      CERTSWAP_CACHE: cache,
      DENO_COVERAGE_DIR: `${directory}/coverage`,
      DENO_AUDIT_PERMISSIONS: `${directory}/audit`,
      DENO_V8_FLAGS: "--no-such-flag",
      DENO_DIR: `${directory}/deno-dir`,
      NODE_OPTIONS: "--require=/no/such/file",
      OTEL_DENO: "true",
      SSLKEYLOGFILE: `${directory}/keys`,
    };
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await certswap(["status", "--dir", directory], { env });
      assert.equal(code, 1);
      assert.match(stdout, /^Active pair: MISSING/);
      assert.equal(stderr, "");
    }
    const left = namesUnder(directory).filter((name) => !name.startsWith("cache/"));
    assert.deepEqual(left, ["certswap"]);
  });
});

test("ends by a signal as the runtime does, and leaves nothing half unpacked", async () => {
  await withPlace(async ({ cache, executable }) => {
    const child = new Deno.Command(executable, {
      args: ["--version"],
      clearEnv: true,
      env: { CERTSWAP_CACHE: cache },
      ...ordinaryUser,
      stdout: "null",
      stderr: "null",
    }).spawn();
    await new Promise((resolve) => setTimeout(resolve, 250));
    child.kill("SIGTERM");
    assert.equal((await child.status).signal, "SIGTERM");
    assert.deepEqual(namesUnder(cache), []);
  });
});

test("removes runtimes of older versions that are not running, and no other file", async () => {
  await withPlace(async ({ cache, certswap }) => {
    await Deno.mkdir(cache, { mode: 0o700 });
    await giveToOrdinaryUser(cache);
    const kept = ["29990101T000000Z-0123456789abcdef", "notes.txt", "20200101T000000Z-short"];
    const older = "20200101T000000Z-0123456789abcdef";
    for (const name of [...kept, older]) {
      await Deno.mkdir(`${cache}/${name}`);
      await giveToOrdinaryUser(`${cache}/${name}`);
    }
    await Deno.mkdir(`${cache}/.unpack-999999999`);
    await giveToOrdinaryUser(`${cache}/.unpack-999999999`);
    assert.equal((await certswap(["--version"])).stderr, "");
    const found = homes(cache);
    assert.deepEqual(kept.filter((name) => !found.includes(name)), []);
    assert.ok(!found.includes(older));
    assert.ok(!found.includes(".unpack-999999999"));
    assert.equal(found.length, kept.length + 1);
  });
});

test("starts 'ca serve' with the permissions that it prints, and no others", async () => {
  await withPlace(async ({ directory, executable, cache, certswap }) => {
    const data = `${directory}/a ca`;
    const made = await certswap(["ca", "init", "--subject", "CN=Lab", "--data-dir", data]);
    assert.equal(made.code, 0, made.stderr);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    await Deno.writeTextFile(`${data}/ca.toml`, `[serve]\nhttp = "127.0.0.1:${port}"\n`);
    await giveToOrdinaryUser(`${data}/ca.toml`);
    const serve = ["ca", "serve", "--data-dir", data];
    const printed = await certswap([...serve, "--print-permissions"]);
    const flags = printed.stdout.trimEnd().split("\n");
    assert.deepEqual(flags.slice(0, 3), [
      "--allow-read",
      `--allow-write=${data}`,
      `--allow-net=127.0.0.1:${port}`,
    ]);
    const server = new Deno.Command(executable, {
      args: serve,
      env: { CERTSWAP_CACHE: cache },
      clearEnv: true,
      stdout: "null",
      stderr: "piped",
      ...ordinaryUser,
    }).spawn();
    const lines = server.stderr.pipeThrough(new TextDecoderStream()).getReader();
    try {
      let log = "";
      while (!log.includes('"listening"')) {
        const { value, done } = await lines.read();
        assert.ok(!done, log);
        log += value;
      }
      const words = (await Deno.readTextFile(`/proc/${server.pid}/cmdline`)).split("\0");
      assert.deepEqual(words.filter((word) => word.startsWith("--allow-")), flags);
      // What suits a command of 30 ms does not suit a server.
      assert.deepEqual(words.filter((word) => word.startsWith("--v8-flags")), []);
      assert.ok(words.includes("--no-code-cache"), words.join(" "));
      await (await fetch(`http://127.0.0.1:${port}/ca.crt`)).bytes();
    } finally {
      server.kill("SIGTERM");
      await lines.cancel();
      await server.status;
    }
    // A mistake in ca.toml is reported once, with its exit code.
    await Deno.writeTextFile(`${data}/ca.toml`, "[serve]\nhttp = 1\n");
    const refused = await certswap(serve);
    assert.equal(refused.code, 2);
    assert.equal(refused.stderr.match(/^Error: /gm)?.length, 1, refused.stderr);
  });
});
