import type { Build } from "../../lib/cli/version.ts";
import { projectDirectory } from "./bundle.ts";

/**
 * Runs what was built, in an empty environment: a wrong base builds without complaint, and fails only
 * when it is run.
 *
 * @throws Error where it does not say what it should.
 */
export async function tryOut(executable: string, { kind, date }: Build): Promise<void> {
  const { version } = JSON.parse(await Deno.readTextFile(`${projectDirectory}deno.json`));
  const expected = `certswap ${version}\n` +
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}\n` +
    `Built ${date}, ${kind}\n`;
  const cache = await Deno.makeTempDir({ prefix: "certswap-build-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(executable, {
      args: ["--version"],
      clearEnv: true,
      env: { CERTSWAP_CACHE: cache },
    }).output();
    const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (code === 0 && said === expected && complaint === "") return;
    throw new Error(
      `what was built does not work: it exits ${code}\n${complaint}${said}instead of\n${expected}`,
    );
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}
