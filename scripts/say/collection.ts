/** Runs the executable on every kind of input, and collects what it says. */
import { authorityCases } from "./cases/authority.ts";
import { changeCases } from "./cases/change.ts";
import { commandLineCases } from "./cases/command_line.ts";
import { configurationCases } from "./cases/configuration.ts";
import { rotationCases } from "./cases/rotation.ts";
import { stateCases } from "./cases/state.ts";
import type { Case, Said } from "./case.ts";
import { makeFiles } from "./device.ts";

const cases: readonly Case[] = [
  ...commandLineCases,
  ...changeCases,
  ...stateCases,
  ...configurationCases,
  ...rotationCases,
  ...authorityCases,
];

/** An ordinary user, if this process may choose: `nobody` of Debian. */
const user = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Runs every case on a device of its own, as an ordinary user.
 *
 * @param executable a path.
 * @returns what each says, with `/device` for the directory that it ran in.
 */
export async function* sayEverything(executable: string): AsyncGenerator<Said> {
  const place = await Deno.realPath(await Deno.makeTempDir({ prefix: "certswap-say-" }));
  try {
    const [device, bin] = [`${place}/device`, `${place}/bin`];
    await Deno.mkdir(device);
    await Deno.mkdir(bin);
    await Deno.copyFile(executable, `${bin}/certswap`);
    await makeFiles(device);
    await run("/bin/chown", ["-R", `${user.uid ?? Deno.uid()}`, place]);
    await mustSucceed(place, makeAuthority);
    await mustSucceed(place, "cp -a . ../untouched");
    for (const one of cases) {
      await mustSucceed(
        place,
        `cd ..; chmod -R u+rwX device; rm -rf device; cp -a untouched device`,
      );
      if (one.given !== undefined) await mustSucceed(place, one.given);
      const { exit, stdout, stderr } = await runShell(place, one.command);
      const withoutPlace = (text: string): string => text.replaceAll(place, "");
      yield { ...one, exit, stdout: withoutPlace(stdout), stderr: withoutPlace(stderr) };
    }
  } finally {
    await run("/bin/chmod", ["-R", "u+rwX", place]);
    await Deno.remove(place, { recursive: true });
  }
}

/** A CA that has signed 02 to 04 and revoked 03, and a request. */
const makeAuthority = `
certswap ca init --data-dir ca --subject "CN=My Root CA,O=My Org,C=US" >/dev/null
for name in a b c d; do
  certswap ca request --subject "CN=$name.example" --san "DNS:$name.example" \\
    --out-key $name.key --out-csr $name.csr >/dev/null
done
certswap ca sign a.csr b.csr c.csr --data-dir ca >/dev/null
certswap ca revoke 03 --data-dir ca >/dev/null
certswap ca crl --data-dir ca >/dev/null
mkdir requests empty
cp a.csr requests
`;

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function mustSucceed(place: string, script: string): Promise<void> {
  const { exit, stderr } = await runShell(place, script);
  if (exit !== 0) throw new Error(`exit ${exit}: ${script}\n${stderr}`);
}

async function runShell(place: string, script: string): Promise<Ended> {
  return await run("/bin/sh", ["-euc", script], {
    ...user,
    cwd: `${place}/device`,
    env: {
      PATH: `${place}/bin:/usr/bin:/bin`,
      CERTSWAP_CACHE: `${place}/cache`,
      LANG: "C.UTF-8",
    },
  });
}

async function run(
  program: string,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<Ended> {
  const command = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    stdin: "null",
    ...options,
  });
  const { code, stdout, stderr } = await command.output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { exit: code, stdout: out, stderr: err };
}
