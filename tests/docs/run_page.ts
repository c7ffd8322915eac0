/** Runs the examples of a page in a private copy of this system. Needs root, and unshare(1). */
import { type Ended, run } from "../e2e/support/executable.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { isAsShown } from "./output.ts";
import type { Page, Step } from "./page.ts";

/** In seconds. A page whose services wait for a probe takes a minute, and longer on a busy machine. */
const timeLimit = 300;

/** Copies the system to the empty directory `$1`: an overlay of `/` that keeps changes in memory. */
const copySystem = `
umask 022
mount -t tmpfs -o mode=755 tmpfs "$1"
root=$1/root
mkdir "$1/upper" "$1/work" "$root"
options="lowerdir=/,upperdir=$1/upper,workdir=$1/work"
mount -t overlay -o "$options" overlay "$root"
`;

/**
 * Runs a page's script in a copy of the system, with its own processes and network. The copy ends with the
 * script.
 *
 * $2: the executable, installed as certswap. $3: the directory with the script `page.sh`; in the copy it is
 * `/results`.
 */
const runInCopy = `${copySystem}
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir "$root/results" "$root/run/lock"
mount --bind "$3" "$root/results"
busybox ip link set lo up

cd "$root"
rm -rf etc/certswap var/lib/certswap var/cache/certswap etc/cron.d/certswap etc/nginx/tls
install -m 755 "$2" usr/local/bin/certswap
echo 'admin:x:4711:4711::/home/admin:/bin/bash' >>etc/passwd
echo 'admin:x:4711:' >>etc/group
install -d -o 4711 -g 4711 home/admin
install -o 4711 -g 4711 -m 755 "$2" home/admin/certswap
exec chroot "$root" /bin/bash /results/page.sh
`;

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a page's script begins with. `step N COMMAND` runs a command as root, `step_as_admin` as the user. */
const prelude = `
certswap --version >/dev/null
cd /home/admin
step() {
  eval "$2" >"/results/$1.output" 2>&1 </dev/null
  echo $? >"/results/$1.exit"
}
step_as_admin() {
  setpriv --reuid 4711 --regid 4711 --clear-groups \\
    env -i PATH=${path} LANG=C.UTF-8 HOME=/home/admin bash -c "$2" >"/results/$1.output" 2>&1 </dev/null
  echo $? >"/results/$1.exit"
}
expect() {
  if [ "$(cat "/results/$1.exit")" != "$2" ]; then exit 0; fi
}
`;

/**
 * Follows a page: writes its files, runs its commands one after the other, and ends at the first one that
 * ends otherwise than the page says.
 *
 * @returns what differs from the page, with its lines.
 */
export async function problemsOfPage(page: Page, executable: string): Promise<string[]> {
  return await withTemporaryDirectory(async (directory) => {
    const [root, results] = [`${directory}/system`, `${directory}/results`];
    await Deno.mkdir(root);
    await Deno.mkdir(results);
    const script = [prelude, ...page.steps.map(scriptOf)].join("\n");
    await Deno.writeTextFile(`${results}/page.sh`, script);
    const { code, stderr } = await runApart(runInCopy, [root, executable, results]);
    if (code !== 0) return [`the examples could not be run (${code}): ${stderr}`];
    const problems: string[] = [];
    for (const [at, step] of page.steps.entries()) {
      if (step.kind === "omission") continue;
      const ended = await endOf(at, results);
      // What follows a failure is not run.
      if (ended === undefined) return problems.length > 0 ? problems : [`${nameOf(step)}: not run`];
      problems.push(...problemsOfStep(step, ended));
    }
    return problems;
  });
}

/** Runs a script of the shell in new namespaces: what it mounts and starts is gone when it ends. */
async function runApart(script: string, args: readonly string[]): Promise<Ended> {
  const namespaces = ["--mount", "--pid", "--net", "--ipc", "--propagation", "private"];
  return await run(
    "/usr/bin/timeout",
    [
      ...["--kill-after=5", String(timeLimit)],
      ...["/usr/bin/unshare", ...namespaces, "--fork", "--kill-child"],
      ...["/bin/sh", "-euc", script, "sh", ...args],
    ],
    { env: { PATH: path, LANG: "C.UTF-8", HOME: "/root" } },
  );
}

/** Whether this process may make namespaces and mount an overlay: as root, on a plain Linux. */
export async function canCopySystem(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  return await withTemporaryDirectory(async (directory) =>
    (await runApart(copySystem, [directory])).code === 0
  );
}

/** The step in shell. */
function scriptOf(step: Step, at: number): string {
  switch (step.kind) {
    case "command": {
      const runs = step.user === "root" ? "step" : "step_as_admin";
      return `${runs} ${at} ${quoted(step.text)}\nexpect ${at} ${step.exit}`;
    }
    case "preparation":
      return `step ${at} ${quoted(step.text)}\nexpect ${at} 0`;
    case "file": {
      const writes = `printf %s ${quoted(step.content)} ${step.isAppended ? ">>" : ">"} ` +
        `${quoted(step.path)} && chmod ${step.mode} ${quoted(step.path)}`;
      return `step ${at} ${quoted(writes)}\nexpect ${at} 0`;
    }
    case "omission":
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** How a step ended. */
interface StepEnd {
  readonly exit: number;
  readonly printed: string;
}

/** @returns `undefined` for a step that was not run. */
async function endOf(at: number, results: string): Promise<StepEnd | undefined> {
  try {
    const exit = Number(await Deno.readTextFile(`${results}/${at}.exit`));
    return { exit, printed: await Deno.readTextFile(`${results}/${at}.output`) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

type Taken = Exclude<Step, { kind: "omission" }>;

function problemsOfStep(step: Taken, { exit, printed }: StepEnd): string[] {
  const expected = step.kind === "command" ? step.exit : 0;
  if (exit !== expected) {
    return [`${nameOf(step)}: exits with ${exit}, not ${expected}, and prints\n${printed}`];
  }
  const shown = step.kind === "command" ? step.output : undefined;
  if (shown === undefined || isAsShown(printed, shown)) return [];
  return [`${nameOf(step)}: the page shows\n${shown.join("\n")}\nbut it prints\n${printed}`];
}

function nameOf(step: Taken): string {
  return `line ${step.line}: ${step.kind === "file" ? `writing ${step.path}` : step.text}`;
}
