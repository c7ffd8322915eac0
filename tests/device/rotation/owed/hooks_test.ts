/** Several hooks for a pair, and hooks that several pairs share. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { exitCodeOf } from "../../../../lib/cli/exit_code.ts";
import type { PairConfiguration } from "../../../../lib/device/configuration/mod.ts";
import { outcomeOf } from "../../../../lib/cli/print/mod.ts";
import { HookFailedError } from "../../../../lib/device/service/mod.ts";
import { rotatePairs, type RotationResult } from "../../../../lib/device/rotation/mod.ts";
import { decodeState } from "../../../../lib/device/pair/state_reader.ts";
import { ProcessStartError, type RunOptions, type RunResult } from "../../../../lib/system/mod.ts";
import { readCertificateFile } from "../../../../lib/x509/mod.ts";
import { plant } from "../../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../../simulation/model/simulated_file_system.ts";
import {
  commonSigner,
  configured,
  day,
  emptyDevice,
  ended,
  RotationWorld,
  signs,
} from "../../../support/rotation_world.ts";

const hour = day / 24;

type Hook = PairConfiguration["hooks"][number];

const own = (program: string): Hook => ({
  name: undefined,
  command: [`/bin/${program}`],
  timeLimit: 1000,
});
const shared = (name: string): Hook => ({ ...own(name), name });

const [probe] = configured.probes;
assert.ok(probe?.kind === "server");

/** A device with several pairs, each with a service on its own port. */
class Devices {
  readonly world: RotationWorld;
  readonly pairs: PairConfiguration[] = [];
  /** The programs that were run, with the pairs that they were run for. */
  readonly log: string[] = [];
  /** What a hook does. If it succeeds, the services of its pairs load them. */
  hook: (program: string, told: readonly string[]) => number = () => 0;
  /** DER of what each service has loaded, by the name of the pair. */
  readonly served = new Map<string, Uint8Array | undefined>();
  results: readonly RotationResult[] = [];

  constructor(world: RotationWorld) {
    this.world = world;
    world.look = ({ port }) => {
      const certificate = this.served.get(this.pairs[port - 1]?.name ?? "");
      return certificate === undefined
        ? { stage: "nothing" }
        : { stage: "certificate", certificate };
    };
  }

  add(name: string, hooks: readonly Hook[]): void {
    const port = this.pairs.length + 1;
    this.pairs.push({
      ...configured,
      name,
      paths: { certificate: `/${name}/cert.pem`, key: `/${name}/key.pem` },
      keyAlgorithm: "ed25519",
      hooks,
      probes: probe?.kind === "server" ? [{ ...probe, port }] : [],
    });
  }

  /** Changes the configuration of a pair. */
  configure(index: number, changes: Partial<PairConfiguration>): void {
    this.pairs.splice(index, 1, { ...this.pairs[index] ?? configured, ...changes });
  }

  active(name: string): Uint8Array | undefined {
    const text = this.world.read(`/${name}/cert.pem`);
    return text === undefined
      ? undefined
      : readCertificateFile(new TextEncoder().encode(text)).leaf.der;
  }

  state(name: string): ReturnType<typeof decodeState> {
    const text = this.world.read(`/${name}/.certswap/cert.pem.state`) ?? "{}";
    return decodeState(new TextEncoder().encode(text), this.world.now);
  }

  load(told: readonly string[]): void {
    for (const name of told) this.served.set(name, this.active(name));
  }

  /** `certswap rotate`. */
  async rotate(options: { force?: boolean; only?: string } = {}): Promise<readonly string[]> {
    const { world, pairs } = this;
    this.log.length = 0;
    const system = {
      ...world.system,
      processes: { ...world.system.processes, run: (run: RunOptions) => this.#run(run) },
    };
    this.results = await rotatePairs(
      system,
      pairs.filter(({ name }) => options.only === undefined || name === options.only),
      {
        lockTimeout: 0,
        force: options.force ?? false,
        wait: false,
        onEvent: () => {},
        onResult: () => {},
        textOf: String,
      },
    );
    return this.results.map(({ name, outcome }) => `${name} ${outcome}`);
  }

  async #run(options: RunOptions): Promise<RunResult> {
    const [program] = options.command;
    if (program === "/bin/issuer") return await signs(options, this.world);
    if (program === "/bin/missing") throw new ProcessStartError(program, "ENOENT");
    const { environment } = options;
    const told = (environment["CERTSWAP_PAIRS"] ?? "").split(" ");
    assert.equal("CERTSWAP_NAME" in environment, told.length === 1);
    assert.equal("CERTSWAP_CERT" in environment, told.length === 1);
    this.log.push(`${program.slice(5)} ${told.join("+")}`);
    const code = this.hook(program.slice(5), told);
    if (code === 0) this.load(told);
    return ended(code);
  }
}

/** Pairs that have been rotated once. @param pairs their hooks, by name */
async function devices(pairs: Readonly<Record<string, readonly Hook[]>>): Promise<Devices> {
  const signer = await commonSigner();
  const directories = Object.fromEntries(Object.keys(pairs).map((name) => [`/${name}/`, {}]));
  const disk = plant(directories, emptyDevice(signer));
  const all = new Devices(new RotationWorld(signer, new SimulatedFileSystem(disk)));
  for (const [name, hooks] of Object.entries(pairs)) all.add(name, hooks);
  await all.rotate();
  all.world.pass(hour);
  return all;
}

Deno.test("the hooks of a pair run in their order", async () => {
  const all = await devices({ a: [own("deploy"), own("reload")] });
  assert.deepEqual(await all.rotate({ force: true }), ["a rotated"]);
  assert.deepEqual(all.log, ["deploy a", "reload a"]);
  assert.equal(all.state("a")?.state.owed, undefined);
});

Deno.test("a hook that fails stops those after it, and the next run continues with it", async () => {
  const all = await devices({ a: [own("deploy"), own("copy"), own("reload")] });
  all.hook = (program) => program === "copy" ? 1 : 0;
  await all.rotate({ force: true });
  assert.deepEqual(all.log, ["deploy a", "copy a"]);
  assert.equal(all.state("a")?.state.owed?.hooksDone?.length, 1);
  all.hook = () => 0;
  assert.deepEqual(await all.rotate(), ["a settled"]);
  assert.deepEqual(all.log, ["copy a", "reload a"], "a hook that had succeeded was run again");
});

Deno.test("a shared hook runs once for all pairs that changed, after all of them", async () => {
  const all = await devices({
    a: [shared("nginx")],
    b: [own("deploy"), shared("nginx")],
    c: [own("c")],
  });
  let isEarly = false;
  const before = new Map(["a", "b", "c"].map((name) => [name, all.active(name)?.toHex()]));
  all.hook = (program) => {
    const isChanged = (name: string): boolean => all.active(name)?.toHex() !== before.get(name);
    if (program === "nginx") isEarly ||= !["a", "b", "c"].every(isChanged);
    return 0;
  };
  assert.deepEqual(await all.rotate({ force: true }), ["a rotated", "b rotated", "c rotated"]);
  assert.deepEqual(all.log, ["c c", "deploy b", "nginx a+b"]);
  assert.equal(isEarly, false);
  for (const name of ["a", "b", "c"]) assert.equal(all.state(name)?.state.owed, undefined);
  assert.deepEqual(all.results.map(exitCodeOf), [0, 0, 0]);
});

Deno.test("a shared hook receives all details of the pair if only one has changed", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  assert.deepEqual(await all.rotate({ force: true, only: "b" }), ["b rotated"]);
  assert.deepEqual(all.log, ["nginx b"]);
});

Deno.test("a shared hook that fails is pending for each pair, and run once by the next run", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  // Probes see nothing of a service that is down, before and after the change.
  all.served.clear();
  all.hook = () => 1;
  assert.deepEqual(await all.rotate({ force: true }), ["a rotated", "b rotated"]);
  assert.deepEqual(all.log, ["nginx a+b"]);
  for (const { owed } of all.results) assert.deepEqual(owed, { hook: true, probe: true });
  for (const name of ["a", "b"]) assert.equal(all.state(name)?.state.owed?.hook, true);
  all.hook = () => 0;
  assert.deepEqual(await all.rotate(), ["a settled", "b settled"]);
  assert.deepEqual(all.log, ["nginx a+b"]);
});

Deno.test("a run stopped before a shared hook leaves it pending for each pair", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  let asked = 0;
  all.world.probed = () => {
    // The look at the second pair, before its change.
    if (++asked === 2) all.world.signal("SIGTERM");
  };
  await all.rotate({ force: true });
  assert.deepEqual(all.log, []);
  assert.equal(all.state("a")?.state.owed?.hook, true);
  all.world.probed = () => {};
  assert.deepEqual(await all.rotate({ force: true, only: "b" }), ["b rotated"]);
  assert.deepEqual(await all.rotate(), ["a settled", "b idle"]);
  assert.deepEqual(all.log, ["nginx a"]);
});

Deno.test("a pair that the service refuses is rolled back alone, and the hook run again", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  const bad = all.active("a")?.toHex();
  all.hook = (_, told) => {
    // The service of `a` continues to use the old pair.
    if (all.active("a")?.toHex() !== bad && told.includes("a")) {
      all.load(["b"]);
      return 1;
    }
    return 0;
  };
  assert.deepEqual(await all.rotate({ force: true }), ["a restored", "b rotated"]);
  assert.deepEqual(all.log, ["nginx a+b", "nginx a+b"]);
  assert.equal(all.active("a")?.toHex(), bad);
  assert.equal(
    all.state("b")?.state.owed,
    undefined,
    "the hook of b, which failed because of a, is still pending",
  );
});

Deno.test("pairs that were rolled back together are tried one by one", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  const before = all.active("a")?.toHex();
  // nginx loads nothing while the new pair of a is active.
  all.hook = () => all.active("a")?.toHex() === before ? 0 : 1;
  assert.deepEqual(await all.rotate({ force: true }), ["a restored", "b restored"]);
  assert.deepEqual(await all.rotate({ force: true }), ["a restored", "b rotated"]);
  assert.equal(all.state("b")?.state.owed, undefined);
});

Deno.test("lists that name shared hooks in opposite orders do not block each other", async () => {
  const all = await devices({
    a: [shared("x"), shared("y")],
    b: [shared("y"), shared("x")],
  });
  assert.deepEqual(await all.rotate({ force: true }), ["a rotated", "b rotated"]);
  assert.deepEqual(all.log, ["x a", "y a+b", "x b"]);
});

Deno.test("a pending hook that cannot be recorded for one pair does not stop the others", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  all.hook = () => {
    all.world.files.unlink("/a/.certswap/cert.pem.state");
    all.world.files.makeDirectory("/a/.certswap/cert.pem.state", 0o700);
    return 0;
  };
  const [a, b] = await all.rotate({ force: true });
  assert.match(a ?? "", /^a /);
  assert.equal(b, "b rotated");
  assert.equal(all.results[0]?.owed?.hook, true);
  assert.equal(all.results[1]?.owed, undefined);
});

/** The messages of the errors of all pairs. */
const said = ({ results }: Devices): string[] =>
  results.flatMap(({ errors }) => errors.map((error) => describe(error).message));

Deno.test("the message of a failed hook has its position, or the name of a shared hook", async () => {
  const reload = (unit: string): Hook => ({ ...own("ctl"), command: ["/bin/ctl", "reload", unit] });
  const hooks = [reload("nginx"), reload("haproxy"), { ...reload("postfix"), name: "mail" }];
  const all = await devices({ a: hooks });
  all.configure(0, { probes: [] });
  const last: string[] = [];
  // Each run continues with the hook that failed, so the third hook is the second one of its run.
  for (const [run, failing] of [1, 2, 2].entries()) {
    all.hook = () => all.log.length === failing ? 1 : 0;
    await all.rotate({ force: run === 0 });
    last.push(said(all)[0] ?? "");
  }
  assert.deepEqual(last, [
    "hook 1 of 3 (/bin/ctl reload nginx) failed with exit code 1",
    "hook 2 of 3 (/bin/ctl reload haproxy) failed with exit code 1",
    "the shared hook mail (/bin/ctl reload postfix) failed with exit code 1",
  ]);
});

Deno.test("a hook that cannot be started is named, and stays pending", async () => {
  const all = await devices({ a: [own("deploy"), own("reload")] });
  all.configure(0, { hooks: [own("deploy"), own("missing")], probes: [] });
  await all.rotate({ force: true });
  assert.match(
    said(all)[0] ?? "",
    /^cannot start hook 2 of 2 \(\/bin\/missing\): .*no such program/,
  );
  assert.equal(all.results[0]?.errors[0] instanceof HookFailedError, true);
  assert.deepEqual(all.results[0]?.owed, { hook: true, probe: false });
});

Deno.test("the failure of a shared hook is one error, for all pairs that it was run for", async () => {
  const all = await devices({
    a: [shared("nginx")],
    b: [shared("nginx")],
    c: [{ ...own("nginx"), timeLimit: 90_000 }],
  });
  all.served.clear();
  all.hook = () => 1;
  await all.rotate({ force: true });
  const { failures = [], exit } = outcomeOf(all.results, { now: new Date(0) });
  const messages = failures.map((failure) => describe(failure).message);
  assert.deepEqual(messages.filter((message) => message.includes("hook")), [
    "pairs a, b: the shared hook nginx (/bin/nginx) failed with exit code 1",
    "pair c: the hook /bin/nginx failed with exit code 1",
  ]);
  assert.equal(exit, 5);
});

for (
  const [hook, place, option] of [
    [own("x"), { position: 1, count: 1 }, "increase 'time_limit' of the hook."],
    [own("x"), { position: 2, count: 3 }, "increase 'time_limit' of this hook."],
    [
      shared("nginx"),
      { position: 2, count: 3 },
      "increase 'time_limit' in the table [hook.nginx].",
    ],
  ] as const
) {
  Deno.test(`the hint for a hook that took too long names its option: ${option}`, () => {
    const failure = { program: "/bin/x", end: { kind: "time-limit" }, errorOutput: "" } as const;
    const { message, hint } = describe(new HookFailedError({ hook, place }, { failure }));
    assert.match(message, / did not finish within its time limit of 1s and was killed$/);
    assert.ok(hint?.includes(option), hint);
  });
}

Deno.test("the message of a failed probe has its position if there are several", async () => {
  const all = await devices({ a: [own("reload")] });
  const [first] = all.pairs[0]?.probes ?? [];
  assert.ok(first?.kind === "server");
  const second = { ...first, serverName: "other.example" };
  all.configure(0, { probes: [first, second] });
  all.hook = () => 1;
  await all.rotate({ force: true });
  assert.match(
    said(all)[0] ?? "",
    /: probe 1 of 2: the service at localhost:1 \(server name device\.example\) did not serve /,
  );
});

Deno.test("the message of a failed command probe has its position, not only its program", async () => {
  const all = await devices({ a: [own("reload")] });
  const look = (unit: string) => ({
    kind: "command" as const,
    command: ["/bin/look", unit] as const,
    deadline: 1000,
  });
  all.configure(0, { probes: [look("nginx"), look("haproxy")] });
  all.hook = (program) => program === "look" ? 75 : 0;
  await all.rotate({ force: true });
  const cannotTell = "cannot tell whether the service uses the new pair";
  const deadline = "within the deadline of 1s";
  assert.deepEqual(said(all), [
    `${cannotTell}: probe 1 of 2 (/bin/look nginx) only exited with 75 (cannot tell) ${deadline}`,
    `${cannotTell}: probe 2 of 2 (/bin/look haproxy) only exited with 75 (cannot tell) ${deadline}`,
  ]);
});

Deno.test("a shared hook that fails for pairs that are rolled back is reported once", async () => {
  const all = await devices({ a: [shared("nginx")], b: [shared("nginx")] });
  all.hook = () => 1;
  assert.deepEqual(await all.rotate({ force: true }), ["a restored", "b restored"]);
  assert.deepEqual(
    all.log,
    ["nginx a+b", "nginx a+b"],
    "for the new pairs, then for the restored ones",
  );
  const { failures = [] } = outcomeOf(all.results, { now: new Date(0) });
  const texts = failures.map((failure) => describe(failure));
  const hook = "the shared hook nginx (/bin/nginx) failed with exit code 1";
  assert.deepEqual(
    texts.filter(({ message, details }) => [message, ...details ?? []].join().includes(hook))
      .map(({ message }) => message),
    [`pairs a, b: ${hook}`],
  );
  const restored = texts.filter(({ code }) => code === "pair-restored");
  assert.deepEqual(restored.map(({ message }) => message.split(":")[0]), ["pair a", "pair b"]);
});
