import assert from "node:assert/strict";
import {
  denoProcesses,
  errorOutputKept,
  ProcessStartError,
  type RunOptions,
  type RunResult,
} from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Real programs: what a process group, a pipe and a signal do cannot be had from a simulation. */
async function run(script: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  return await denoProcesses.run({
    command: ["/bin/sh", "-c", script],
    environment: { PATH: "/usr/bin:/bin" },
    input: new Uint8Array(),
    outputLimit: 1024,
    onExcess: "end",
    timeLimit: 10_000,
    ...options,
  });
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** How long `work` takes, in milliseconds. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Whether a process ends: one that SIGKILL was sent to may take a moment on a busy machine. */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; isAlive(pid); tries++) {
    if (tries === 200) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

Deno.test("run() passes input to a program, and returns its output, errors and exit code", async () => {
  const input = new TextEncoder().encode("in");
  const { end, output, errorOutput } = await run("cat; echo err >&2; exit 75", { input });
  assert.deepEqual(end, { kind: "exit", code: 75 });
  assert.equal(text(output), "in");
  assert.equal(text(errorOutput), "err\n");
});

Deno.test("run() passes on nothing of certswap's own environment", async () => {
  const { output } = await run("env", { environment: { PATH: "/usr/bin:/bin", ONLY: "this" } });
  const names = text(output).trim().split("\n").map((line) => line.split("=")[0]);
  // The shell adds PWD and its kin itself.
  const own = names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? ""));
  assert.deepEqual(own.sort(), ["ONLY", "PATH"]);
});

Deno.test("run() never passes arguments through a shell", async () => {
  const { output } = await run("", { command: ["echo", "$(id)", "; ls", "*"] });
  assert.equal(text(output), "$(id) ; ls *\n");
});

Deno.test("run() names the signal that killed a program", async () => {
  const { end } = await run("kill -KILL $$");
  assert.deepEqual(end, { kind: "signal", signal: "SIGKILL" });
});

Deno.test("run() stops the whole group at the time limit, even if it ignores SIGTERM", async () => {
  const { end, output } = await run(
    "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; exec sleep 600' & echo $$; wait; sleep 600",
    { timeLimit: 2000 },
  );
  assert.deepEqual(end, { kind: "time-limit" });
  const pids = text(output).trim().split("\n").map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(await isGone(pid), `${pid} lives on`);
});

Deno.test("run() lets a program that handles SIGTERM clean up", async () => {
  const { output } = await run("trap 'echo cleaned; exit 0' TERM; sleep 600 & wait", {
    timeLimit: 2000,
  });
  assert.equal(text(output), "cleaned\n");
});

Deno.test("run() does not wait for a grandchild that keeps the pipes open, and leaves it alone", async () => {
  let grandchild = 0;
  const taken = await time(async () => {
    const { end, output } = await run("sleep 60 & echo $!");
    assert.deepEqual(end, { kind: "exit", code: 0 });
    grandchild = Number(text(output));
  });
  assert.ok(isAlive(grandchild), "a service that a hook has started must go on");
  assert.ok(taken < 30_000, `${taken} ms`);
  Deno.kill(grandchild, "SIGKILL");
});

Deno.test("run() stops a program that writes more than the limit, and keeps no more than that", async () => {
  const { end, output } = await run("yes", { outputLimit: 1000 });
  assert.deepEqual(end, { kind: "output-limit" });
  assert.equal(output.length, 1000);
});

Deno.test("run() notices too much output of a program that has already ended", async () => {
  const { end } = await run("head -c 1001 /dev/zero", { outputLimit: 1000 });
  assert.deepEqual(end, { kind: "output-limit" });
});

Deno.test("run() keeps the end of too much output if told to, and lets the program end", async () => {
  const script = "head -c 3000000 /dev/zero; echo the end; exit 3";
  const { end, output } = await run(script, { onExcess: "drop" });
  assert.deepEqual(end, { kind: "exit", code: 3 });
  assert.equal(output.length, 1024);
  assert.ok(text(output).endsWith("\0the end\n"));
});

Deno.test("run() lets a program flood standard error, and keeps the end of it", async () => {
  const { end, errorOutput } = await run("head -c 3000000 /dev/zero >&2; echo the end >&2");
  assert.deepEqual(end, { kind: "exit", code: 0 });
  assert.equal(errorOutput.length, errorOutputKept);
  assert.ok(text(errorOutput).endsWith("\0the end\n"));
});

Deno.test("run() accepts a program that does not read its input", async () => {
  const { end } = await run("exec <&-; exit 0", { input: new Uint8Array(1_000_000) });
  assert.deepEqual(end, { kind: "exit", code: 0 });
});

Deno.test("run() names the program that cannot be started, and why", async () => {
  await withTemporaryDirectory(async (directory) => {
    const plain = `${directory}/plain`;
    await Deno.writeTextFile(plain, "no program");
    for (
      const [program, errno] of [
        [`${directory}/missing`, "ENOENT"],
        ["certswap-no-such-program", "ENOENT"],
        [plain, "EACCES"],
        [directory, "EACCES"],
      ] as const
    ) {
      await assert.rejects(run("", { command: [program] }), (error) => {
        assert.ok(error instanceof ProcessStartError);
        assert.equal(error.errno, errno);
        assert.equal(error.program, program);
        return true;
      });
    }
  });
});

Deno.test("run() stops the group if certswap is told to stop, and names the signal", async () => {
  const script = `
    import { denoProcesses } from "${new URL("../../../lib/system/mod.ts", import.meta.url)}";
    const { end, output } = await denoProcesses.run({
      command: ["/bin/sh", "-c", "echo $$; kill -TERM $PPID; exec sleep 600"],
      environment: { PATH: "/usr/bin:/bin" },
      input: new Uint8Array(),
      outputLimit: 100,
      onExcess: "end",
      timeLimit: 20000,
    });
    console.log(JSON.stringify({ end, pid: Number(new TextDecoder().decode(output)) }));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { stdout } = await child.output();
  const { end, pid } = JSON.parse(text(stdout));
  assert.deepEqual(end, { kind: "interrupted", signal: "SIGTERM" });
  assert.ok(await isGone(pid));
});

Deno.test({
  name: "run() says that the process may not start programs",
  permissions: { run: false, read: true, sys: true },
  async fn() {
    const run = denoProcesses.run({
      command: ["/bin/true"],
      environment: {},
      input: new Uint8Array(),
      outputLimit: 100,
      onExcess: "end",
      timeLimit: 20000,
    });
    await assert.rejects(run, { code: "process-start", errno: "ENOTCAPABLE" });
  },
});
