/** The executable that was built, tried in an empty environment. */
import type { Build } from "../../lib/cli/version.ts";
import { projectDirectory } from "./bundle.ts";

/**
 * Runs the built executable in an empty environment: a wrong runtime base builds without an error, and fails
 * only when it is started.
 *
 * @throws Error if it does not print what it should.
 */
export async function tryOut(executable: string, { kind, date }: Build): Promise<void> {
  const { version } = JSON.parse(await Deno.readTextFile(`${projectDirectory}deno.json`));
  const place = await Deno.makeTempDir({ prefix: "certswap-build-" });
  try {
    await expect(executable, { place, args: ["--version"] }, {
      code: 0,
      stdout: `certswap ${version}\n` +
        `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}\n` +
        `Built ${date}, ${kind}\n`,
    });
    // Each kind of bundled file has to be found: all of certswap, a command's own file, the messages.
    await expect(executable, { place, args: ["help", "files"] }, { code: 0 });
    await expect(executable, { place, args: ["recover", "--dir", place] }, { code: 0, stdout: "" });
    await expect(executable, { place, args: ["swap", "--dir", place] }, {
      code: 1,
      stderr: /^Error: there is no pending pair/,
    });
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

interface Expectation {
  readonly code: number;
  readonly stdout?: string;
  /** Nothing, if left out. */
  readonly stderr?: RegExp;
}

async function expect(
  executable: string,
  { place, args }: { readonly place: string; readonly args: string[] },
  { code, stdout, stderr = /^$/ }: Expectation,
): Promise<void> {
  const found = await new Deno.Command(executable, {
    args,
    clearEnv: true,
    env: { CERTSWAP_CACHE: `${place}/cache` },
  }).output();
  const [said = "", complaint = ""] = [found.stdout, found.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  const isRight = found.code === code && (stdout === undefined || said === stdout) &&
    stderr.test(complaint);
  if (isRight) return;
  const command = ["certswap", ...args].join(" ");
  throw new Error(
    `what was built does not work: '${command}' exits ${found.code}\n${complaint}${said}`,
  );
}
