/** Sets real services up as their pages in docs/guide say, in a temporary directory instead of `/`. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { readPage, type Step } from "../../docs/page.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { type Run, runCli } from "../../support/test_world.ts";
import { fingerprints, interopTest, tool, tryTool } from "../tools.ts";
import { freePort, realSystem } from "./services.ts";

/** Where a page is followed. Its `/etc`, `/run`, `/usr/local` and `/var/lib` are below `root`. */
export interface GuidePlace {
  /** Absolute. */
  readonly root: string;
  /** Instead of the page's port. */
  readonly port: number;
  /** A text of the page, with the paths and the port that it has here. */
  here(text: string): string;
}

/** A service and its page. */
export interface GuideService {
  /** `postgresql` for `docs/guide/postgresql.md`. */
  readonly page: string;
  /** Programs that it needs, by name or path. */
  readonly tools: readonly string[];
  /** Texts of the page that are others here. Each has to be in the page. */
  readonly replacements?: (place: GuidePlace) => Readonly<Record<string, string>>;
  /** Makes what the Debian package brings. Returns the command that runs the service in the foreground. */
  readonly install: (place: GuidePlace) => Promise<string> | string;
  /** How the service is told of a new pair: a signal, or `restart`. */
  readonly reload: "HUP" | "USR2" | "restart";
  /** The signal that ends it; `TERM` if left out. */
  readonly stop?: "TERM" | "QUIT";
  /** A file below `root` that exists once the service has started; if left out, it listens on its port. */
  readonly startedFile?: string;
  /** The protocol for `openssl s_client -starttls`. */
  readonly startTls?: string;
  /** The active certificate, as the page names it. */
  readonly certificate: string;
  /** Everything that an operator sees in the pair's directory: name, and mode, owner and group. */
  readonly files: Readonly<Record<string, string>>;
  /** A command that damages a file of the pair, and its name. A pair without wanted rights has none. */
  readonly damage?: { readonly command: string; readonly file: string };
}

/** A service that was set up as its page says, and is running. */
export interface Guided {
  readonly place: GuidePlace;
  certswap(...words: string[]): Promise<Run>;
  /** How often the hook was run. */
  told(): number;
  /** The certificate that the service serves (SHA-256 of its DER), once it is this one or time is up. */
  served(expected: string): Promise<string>;
  /** The active certificate (SHA-256 of its DER). */
  active(): Promise<string>;
}

const guide = new URL("../../../docs/guide/", import.meta.url);

/**
 * A test of the promise of every page: followed in an empty directory, the service serves the pair, then each
 * renewal, and a damaged file is repaired without a new certificate. Needs root: files get other owners.
 */
export function guideTest(name: string, service: GuideService): void {
  const run = (): Promise<void> => withGuide(service, (guided) => delivers(service, guided));
  const title =
    `${name}, set up as its page says, serves its pair and a renewed one, and is repaired`;
  if (Deno.uid() === 0) interopTest(title, { tools: [...service.tools, "openssl", "setsid"], run });
  else Deno.test({ name: title, ignore: true, fn: run });
}

async function delivers(service: GuideService, guided: Guided): Promise<void> {
  await renews(service, guided);
  if (service.damage !== undefined) await repairs(service, guided, service.damage);
  const { certswap, told } = guided;
  const before = told();
  const idle = await certswap("rotate");
  assert.equal(idle.exit, 0, idle.stderr);
  assert.equal(told(), before, "nothing was due");
}

function directoryOf(service: GuideService, { place }: Guided): string {
  return place.here(service.certificate).replace(/\/[^/]+$/, "");
}

async function renews(service: GuideService, guided: Guided): Promise<void> {
  const { certswap, told, served, active } = guided;
  const directory = directoryOf(service, guided);
  const first = await active();
  assert.equal(await served(first), first, "the first pair");
  assert.deepEqual(visibleIn(directory), rightsOf(service), "the first files");

  const before = told();
  const renewal = await certswap("rotate", "--force");
  assert.equal(renewal.exit, 0, renewal.stderr);
  const second = await active();
  assert.notEqual(second, first);
  assert.equal(await served(second), second, "the renewed pair");
  assert.deepEqual(visibleIn(directory), rightsOf(service), "the renewed files");
  assert.equal(told(), before + 1);
}

async function repairs(
  service: GuideService,
  guided: Guided,
  { command, file }: NonNullable<GuideService["damage"]>,
): Promise<void> {
  const { place, certswap, told, served, active } = guided;
  const directory = directoryOf(service, guided);
  const [before, certificate] = [told(), await active()];
  const content = Deno.readFileSync(join(directory, file));
  await tool("sh", "-ec", place.here(command));
  assert.notDeepEqual(visibleIn(directory), rightsOf(service), "damaged");
  const repair = await certswap("rotate");
  assert.equal(repair.exit, 0, repair.stderr);
  assert.deepEqual(visibleIn(directory), rightsOf(service), "the repaired files");
  if (!file.endsWith(".p12")) assert.deepEqual(Deno.readFileSync(join(directory, file)), content);
  assert.equal(await active(), certificate, "a repair needs no new certificate");
  assert.equal(await served(certificate), certificate);
  assert.equal(told(), before + 1, "the hook is run after a repair");
}

function rightsOf({ files }: GuideService): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).toSorted());
}

/** Mode, owner and group of every name in a directory that does not start with a dot. */
function visibleIn(directory: string): Record<string, string> {
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".")).toSorted();
  return Object.fromEntries(names.map((name) => {
    const { mode, uid, gid } = Deno.lstatSync(join(directory, name));
    const rights = ((mode ?? 0) & 0o7777).toString(8);
    return [name, `${rights} ${nameOf("passwd", uid)} ${nameOf("group", gid)}`];
  }));
}

function nameOf(database: "passwd" | "group", id: number | null): string {
  const entries = Deno.readTextFileSync(`/etc/${database}`).split("\n").map((l) => l.split(":"));
  return entries.find(([, , number]) => number === `${id}`)?.[0] ?? `${id}`;
}

async function withGuide(
  service: GuideService,
  work: (guided: Guided) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    // The service's user has to enter the directory.
    Deno.chmodSync(root, 0o755);
    for (const name of ["etc", "run", "usr/local/bin", "usr/local/sbin", "var/lib"]) {
      await tool("mkdir", "-p", join(root, name));
    }
    const page = await Deno.readTextFile(new URL(`${service.page}.md`, guide));
    const place = placeIn(root, page, service);
    const manager = join(root, "manage");
    Deno.writeTextFileSync(
      manager,
      managerScript(place, service, place.here(await service.install(place))),
    );
    Deno.chmodSync(manager, 0o755);
    Deno.writeTextFileSync(join(root, "told"), "");
    const environment = { CERTSWAP_CONFIG: place.here("/etc/certswap/certswap.toml") };
    const certswap = (...words: string[]): Promise<Run> =>
      runCli(words, { system: realSystem, environment });
    try {
      const following = { place, service, certswap, directory: root };
      for (const step of readPage(page).steps) await follow(step, following);
      await work({
        place,
        certswap,
        told: () => Deno.readTextFileSync(join(root, "told")).split("\n").length - 1,
        active: async () =>
          await fingerprintOf(await Deno.readTextFile(place.here(service.certificate))),
        served: (expected) => servedAt(place.port, service.startTls, expected),
      });
    } finally {
      await tool(manager, "stop");
    }
  });
}

function placeIn(root: string, page: string, service: GuideService): GuidePlace {
  const port = freePort();
  const general = (text: string): string =>
    text.replaceAll(/(?<![\w.}-])\/(etc|run|usr\/local|var\/lib)(?=\/)/g, `${root}/$1`)
      .replaceAll(/\blocalhost:\d+/g, `127.0.0.1:${port}`)
      .replaceAll(/command = \["(?:service|systemctl|pkill)"/g, `command = ["${root}/manage"`);
  let particular: Readonly<Record<string, string>> = {};
  const here = (text: string): string =>
    Object.entries(particular).reduce(
      (changed, [found, instead]) => changed.replaceAll(found, instead),
      text.startsWith(root) ? text : general(text),
    );
  const place = { root, port, here };
  particular = service.replacements?.(place) ?? {};
  for (const found of Object.keys(particular)) {
    assert(page.includes(found), `no ${found} in the page`);
  }
  return place;
}

/** What a service manager does, for one service. Its process is in the file `pid`. */
function managerScript(
  { root }: GuidePlace,
  { reload, stop = "TERM" }: GuideService,
  command: string,
): string {
  const tell = reload === "restart" ? "stop; start" : `kill -${reload} "$(cat pid)"`;
  return `#!/bin/sh
cd ${root}
is_running() {
  [ -e pid ] && ! grep -qs '^State:.Z' "/proc/$(cat pid)/status" && [ -e "/proc/$(cat pid)" ]
}
stop() {
  if is_running; then kill -${stop} "$(cat pid)"; fi
  while is_running; do sleep 0.05; done
  rm -f pid
}
start() {
  setsid sh -c 'exec ${command}' >>log 2>&1 </dev/null &
  echo $! >pid
}
case $1 in
  start) stop; start ;;
  stop) stop ;;
  *) echo "$*" >>told; ${tell} ;;
esac
`;
}

interface Following {
  readonly place: GuidePlace;
  readonly service: GuideService;
  /** Where the reader is: `cd` changes it. */
  directory: string;
  certswap(...words: string[]): Promise<Run>;
}

/** Does what the page says in one step. */
async function follow(step: Step, following: Following): Promise<void> {
  const { place } = following;
  switch (step.kind) {
    case "omission":
      return;
    case "file": {
      const path = place.here(step.path);
      await tool("mkdir", "-p", path.replace(/\/[^/]+$/, ""));
      Deno.writeTextFileSync(path, place.here(step.content), { append: step.isAppended });
      Deno.chmodSync(path, Number.parseInt(step.mode, 8));
      return;
    }
    case "command":
    case "preparation": {
      const { exit, stderr } = await command(step.text, following);
      const expected = step.kind === "command" ? step.exit : 0;
      assert.equal(exit, expected, `line ${step.line}: ${step.text}: ${stderr}`);
    }
  }
}

/** Runs a command of the page: certswap from its sources, the service by the manager here. */
async function command(
  text: string,
  following: Following,
): Promise<{ readonly exit: number; readonly stderr: string }> {
  const { place, service, certswap } = following;
  if (text.startsWith("certswap ")) {
    const words = [...place.here(text).matchAll(/"([^"]*)"|(\S+)/g)].slice(1)
      .map(([, quoted, plain = ""]) => quoted ?? plain);
    return await certswap(...words);
  }
  if (!/^(?:service|systemctl|pkill|mosquitto) /.test(text)) {
    const directory = /^cd (\S+)$/.exec(text)?.[1];
    if (directory !== undefined) following.directory = place.here(directory);
    return await tryTool("sh", "-ec", `cd ${following.directory}; ${place.here(text)}`);
  }
  const verb = text.includes(" reload") ? "reload" : "start";
  const managed = await tryTool(join(place.root, "manage"), verb);
  if (verb === "start") await started(place, service);
  return managed;
}

/** Waits until the service has started. Its log says why, if it has not within a minute. */
async function started({ root, port }: GuidePlace, { startedFile }: GuideService): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (startedFile === undefined ? await listens(port) : exists(join(root, startedFile))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not started: ${Deno.readTextFileSync(join(root, "log"))}`);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** The first certificate in a PEM text; `""` if there is none. */
const fingerprintOf = async (text: string): Promise<string> => (await fingerprints(text))[0] ?? "";

/** A reload takes a moment: asks for at most half a minute. */
async function servedAt(
  port: number,
  startTls: string | undefined,
  expected: string,
): Promise<string> {
  const flags = startTls === undefined ? [] : ["-starttls", startTls];
  for (let attempt = 0;; attempt++) {
    const { stdout } = await tryTool(
      "openssl",
      ...["s_client", "-connect", `127.0.0.1:${port}`, ...flags],
    );
    const found = await fingerprintOf(stdout);
    if (found === expected || attempt === 150) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
