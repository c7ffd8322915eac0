/** Runs the examples of a page in a private copy of this system. Needs root, and unshare(1). */
import { type Ended, run } from "../e2e/support/executable.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { isAsShown } from "./output.ts";
import type { Page, Step } from "./page.ts";

/** Files that pages tell their readers to copy; in each copy of the system they are in `/results/alerts`. */
const alerts = new URL("../../docs/alerts/", import.meta.url);

/** In seconds. A page whose services wait for a probe takes a minute, and longer on a busy machine. */
const timeLimit = 300;

/** Copies the system to the empty directory `$1`: an overlay of `/` that keeps changes in memory. */
const copySystem = `
umask 022
copy() {
  mount -t tmpfs -o mode=755 tmpfs "$1"
  mkdir "$1/upper" "$1/work" "$1/root"
  options="lowerdir=/,upperdir=$1/upper,workdir=$1/work"
  mount -t overlay -o "$options" overlay "$1/root"
}
`;

/**
 * Runs the steps of a page in copies of the system, one for each machine, with their own processes and
 * networks. The copies end with the script.
 *
 * $1: an empty directory. $2: the executable, installed as certswap. $3: the directory with the scripts
 * `machine.sh` and `page.sh`; in each copy it is `/results`. Then the names of the machines.
 */
const runInCopies = `${copySystem}
base=$1 executable=$2 results=$3
shift 3
# Machines are on one network. Each can be reached by its name, and by its name below fleet.example.
hosts=
number=0
for name; do
  number=$((number + 1))
  hosts="$hosts 10.99.0.$number:$name"
done
if [ $# -gt 1 ]; then
  ip link add lan type bridge
  ip link set lan up
fi
busybox ip link set lo up
for host in $hosts; do
  name=\${host#*:}
  mkdir "$base/$name"
  copy "$base/$name"
  root=$base/$name/root
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mkdir "$root/results" "$root/run/lock"
  mount --bind "$results" "$root/results"
  (
    cd "$root"
    rm -rf etc/certswap var/lib/certswap var/cache/certswap etc/cron.d/certswap etc/nginx/tls
    install -m 755 "$executable" usr/local/bin/certswap
    echo 'admin:x:4711:4711::/home/admin:/bin/bash' >>etc/passwd
    echo 'admin:x:4711:' >>etc/group
    install -d -o 4711 -g 4711 home/admin
    install -o 4711 -g 4711 -m 755 "$executable" home/admin/certswap
    for other in $hosts; do
      if [ $# -gt 1 ]; then echo "\${other%%:*} \${other#*:} \${other#*:}.fleet.example" >>etc/hosts; fi
    done
  )
  mkfifo "$results/$name.todo" "$results/$name.done"
  # Held open: what a machine writes before it ends would be gone if no one else had it open.
  exec {held}<>"$results/$name.done"
  if [ $# -eq 1 ]; then
    chroot "$root" /bin/bash /results/machine.sh "$name" &
    read -r _ <"$results/$name.done"
  else
    unshare --net chroot "$root" /bin/bash /results/machine.sh "$name" &
    process=$!
    read -r _ <"$results/$name.done"
    ip link add "to-$name" type veth peer name eth0 netns $process
    ip link set "to-$name" master lan up
    nsenter --net="$root/proc/$process/ns/net" sh -euc "ip link set lo up
      ip addr add \${host%%:*}/24 dev eth0
      ip link set eth0 up"
  fi
done
on() {
  echo "$2" >"$results/$1.todo"
  read -r _ <"$results/$1.done"
  if [ "$(cat "$results/$2.exit" 2>/dev/null)" != "$3" ]; then exit 0; fi
}
. "$results/page.sh"
`;

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What runs on a machine: the steps that it is sent, one after the other in the same shell. $1: its name. */
const machineScript = `
certswap --version >/dev/null
cd /home/admin
exec 3<>"/results/$1.todo" 4<>"/results/$1.done"
trap 'echo >&4' EXIT
step() {
  eval "$2" >"/results/$1.output" 2>&1 </dev/null
  echo $? >"/results/$1.exit"
}
step_as_admin() {
  setpriv --reuid 4711 --regid 4711 --clear-groups \\
    env -i PATH=${path} LANG=C.UTF-8 HOME=/home/admin bash -c "$2" >"/results/$1.output" 2>&1 </dev/null
  echo $? >"/results/$1.exit"
}
echo >&4
while read -r at <&3; do
  . "/results/$at.sh"
  echo >&4
done
`;

/** The machine of a page that has only one. */
const onlyMachine = "machine";

/** The machines of a page, in the order in which they are named. */
export function machinesOf(page: Page): string[] {
  return [...new Set(page.steps.map(({ machine = onlyMachine }) => machine))];
}

/**
 * Follows a page: writes its files, runs its commands one after the other, and ends at the first one that
 * ends otherwise than the page says.
 *
 * @returns what differs from the page, with its lines.
 */
export async function problemsOfPage(page: Page, executable: string): Promise<string[]> {
  return await withTemporaryDirectory(async (directory) => {
    const [root, results] = [`${directory}/systems`, `${directory}/results`];
    await Deno.mkdir(root);
    await Deno.mkdir(results);
    await Deno.writeTextFile(`${results}/machine.sh`, machineScript);
    await Deno.mkdir(`${results}/alerts`);
    for (const { name } of Deno.readDirSync(alerts)) {
      await Deno.copyFile(new URL(name, alerts), `${results}/alerts/${name}`);
    }
    const lines: string[] = [];
    for (const [at, step] of page.steps.entries()) {
      if (step.kind === "omission") continue;
      await Deno.writeTextFile(`${results}/${at}.sh`, scriptOf(step, at));
      const exit = step.kind === "command" ? step.exit : 0;
      lines.push(`on ${quoted(step.machine ?? onlyMachine)} ${at} ${exit}\n`);
    }
    await Deno.writeTextFile(`${results}/page.sh`, lines.join(""));
    const args = [root, executable, results, ...machinesOf(page)];
    const { code, stderr } = await runApart(runInCopies, args);
    if (code !== 0) {
      const reached = await firstNotEnded(page, results);
      return [`the examples could not be run (${code}), stopped at ${reached}: ${stderr}`];
    }
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
      // As process 1 it has to reap the services that end: bash does, dash only while it waits for one.
      ...["/bin/bash", "-euc", script, "bash", ...args],
    ],
    { env: { PATH: path, LANG: "C.UTF-8", HOME: "/root" } },
  );
}

/** Whether this process may make namespaces and mount an overlay: as root, on a plain Linux. */
export async function canCopySystem(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  return await withTemporaryDirectory(async (directory) =>
    (await runApart(`${copySystem}copy "$1"`, [directory])).code === 0
  );
}

/** Whether this process may also connect network namespaces, for a page with several machines. */
export async function canConnectMachines(): Promise<boolean> {
  if (!await canCopySystem()) return false;
  const script = `
ip link add lan type bridge
unshare --net sleep 60 &
until ip link add to-a type veth peer name eth0 netns $!; do sleep 0.1; done
ip link set to-a master lan up
kill $!`;
  return (await runApart(script, [])).code === 0;
}

/** The step in shell. */
function scriptOf(step: Taken, at: number): string {
  switch (step.kind) {
    case "command":
      return `${step.user === "root" ? "step" : "step_as_admin"} ${at} ${quoted(step.text)}\n`;
    case "preparation":
      return `step ${at} ${quoted(step.text)}\n`;
    case "file": {
      const writes = `printf %s ${quoted(step.content)} ${step.isAppended ? ">>" : ">"} ` +
        `${quoted(step.path)} && chmod ${step.mode} ${quoted(step.path)}`;
      return `step ${at} ${quoted(writes)}\n`;
    }
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

/** The name of the first step that has not ended. */
async function firstNotEnded({ steps }: Page, results: string): Promise<string> {
  for (const [at, step] of steps.entries()) {
    if (step.kind !== "omission" && await endOf(at, results) === undefined) return nameOf(step);
  }
  return "the end";
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
