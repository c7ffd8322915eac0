import assert from "node:assert/strict";
import {
  cronReach,
  type CronReport,
  cronTable,
  type Installation,
} from "../../../lib/device/installation/mod.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { plant } from "../../simulation/model/disk.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

function installation(program: string, configurationPath: string): Installation {
  const configuration = { files: [], pairs: [], metrics: undefined };
  return { program, user: undefined, configurationPath, configuration, writes: [] };
}

/** The lines of jobs, as in crontab(5): five time fields or one word, the user, the command. */
async function jobs(
  made: Installation,
  { machine = "a", report = "mail" }: { machine?: string; report?: CronReport } = {},
): Promise<{ when: string; command: string }[]> {
  const { name, text } = await cronTable(made, { machine, report });
  assert.match(name, /^[A-Za-z0-9_-]+$/, "cron ignores files with other names");
  assert(text.endsWith("\n"), "cron ignores a last line without a line feed");
  const lines = text.split("\n").filter((line) => !/^(#.*|[A-Z]+=.*|)$/.test(line));
  return lines.map((line) => {
    const job = /^(?<when>@\w+|\S+ \S+ \S+ \S+ \S+) root (?<command>.*)$/.exec(line)?.groups;
    assert(job !== undefined, line);
    return { when: job["when"] ?? "", command: job["command"] ?? "" };
  });
}

Deno.test("cronTable() rotates once an hour and recovers at boot", async () => {
  const [rotate, recover] = await jobs(installation("/usr/local/bin/certswap", "/etc/c.toml"));
  assert.match(rotate?.when ?? "", /^[1-5]?\d \* \* \* \*$/);
  assert.equal(rotate?.command, "/usr/local/bin/certswap rotate --config /etc/c.toml");
  assert.equal(recover?.when, "@reboot");
  assert.equal(recover?.command, "/usr/local/bin/certswap recover --config /etc/c.toml");
});

Deno.test("cronTable() gives each machine a fixed minute, and spreads a fleet over all minutes", async () => {
  const made = installation("/c", "/c.toml");
  const minuteOf = async (machine: string): Promise<number> =>
    Number((await jobs(made, { machine }))[0]?.when.split(" ")[0]);
  const minutes = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => minuteOf(`${index}`)),
  );
  assert.equal(new Set(minutes).size, 60);
  assert(minutes.every((minute) => minute >= 0 && minute < 60));
  assert.equal(await minuteOf("7"), minutes[7]);
});

Deno.test("cronTable() quotes any path so that cron's shell finds it", async () => {
  await withTemporaryDirectory(async (root) => {
    const directory = `${root}/it's $HOME \`x\` "100%" \\ & ; *`;
    Deno.mkdirSync(directory);
    const program = `${directory}/certswap`;
    Deno.writeTextFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const config = `${directory}/certswap.toml`;
    const [rotate] = await jobs(installation(program, config));
    // cron(8): an escaped percent sign is literal, any other ends the command.
    assert.doesNotMatch(rotate?.command ?? "", /(?<!\\)%/);
    const command = (rotate?.command ?? "").replaceAll("\\%", "%");
    const { success, stdout } = new Deno.Command("/bin/sh", { args: ["-c", command] }).outputSync();
    assert(success);
    assert.equal(new TextDecoder().decode(stdout), `rotate\n--config\n${config}\n`);
  });
});

Deno.test("cronTable() runs certswap as the user, in a table with the user's name", async () => {
  const made = {
    ...installation("/usr/bin/certswap", "/etc/certswap/postgres.toml"),
    user: "postgres",
  };
  const { name, text } = await cronTable(made, { machine: "a", report: "mail" });
  assert.equal(name, "certswap-postgres");
  const command = "--config /etc/certswap/postgres.toml";
  assert.match(
    text,
    new RegExp(`^\\d+ \\* \\* \\* \\* postgres /usr/bin/certswap rotate ${command}$`, "m"),
  );
  assert.match(text, new RegExp(`^@reboot postgres /usr/bin/certswap recover ${command}$`, "m"));
  assert.doesNotMatch(text, /\broot\b/);
});

Deno.test("cronTable() sends the output of certswap to syslog, and keeps its exit code", async () => {
  await withTemporaryDirectory(async (root) => {
    const write = (name: string, text: string): void =>
      Deno.writeTextFileSync(`${root}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    write("logger", `{ printf '[%s]' "$@"; cat; } >>"${root}/log"; exit 1`);
    write("silent", "exit 0");
    write("failing", `printf '%s\\n' 'a 100% \\n "b"'; echo "$1" >&2; exit 4`);
    const run = async (program: string): Promise<number> => {
      const [rotate] = await jobs(installation(`${root}/${program}`, "/c"), { report: "syslog" });
      const { code, stdout, stderr } = new Deno.Command("/bin/sh", {
        args: ["-c", (rotate?.command ?? "").replaceAll("\\%", "%")],
        env: { PATH: `${root}:/usr/bin:/bin` },
      }).outputSync();
      assert.deepEqual([stdout.length, stderr.length], [0, 0], "cron has nothing to mail");
      return code;
    };
    assert.equal(await run("silent"), 0);
    assert.deepEqual([...Deno.readDirSync(root)].some(({ name }) => name === "log"), false);
    assert.equal(await run("failing"), 4);
    const log = Deno.readTextFileSync(`${root}/log`);
    assert.equal(log, '[-t][certswap]a 100% \\n "b"\nrotate\n');
  });
});

for (
  const [files, expected] of [
    [{}, { mail: false, syslog: false }],
    [{ "/usr/sbin/sendmail": "" }, { mail: true, syslog: false }],
    [{ "/usr/lib/sendmail": "", "/usr/bin/logger": "" }, { mail: true, syslog: true }],
    [{ "/bin/logger": "" }, { mail: false, syslog: true }],
  ] as const
) {
  const programs = Object.keys(files).join(" and ") || "no program for either";
  Deno.test(`cronReach() tells where cron can report a failure with ${programs}`, () => {
    const disk = plant({ "/etc/": {}, ...files });
    assert.deepEqual(cronReach(new SimulatedFileSystem(disk)), expected);
  });
}
