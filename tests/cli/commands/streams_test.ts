/**
 * Keys, certificates and requests from standard input and from pipes, with the permissions of the executable.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fleet, withDevice } from "../../support/device.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** The result of a certswap started by bash. */
interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/**
 * Runs a line of bash, in which `certswap` has the permissions of the executable.
 */
async function bash(line: string, directory: string): Promise<Ended> {
  const certswap = `certswap() { "${Deno.execPath()}" run --quiet --no-prompt --config ` +
    `"${project}deno.json" -P=certswap "${project}main.ts" "$@"; }`;
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", `${certswap}\n${line}`],
    cwd: directory,
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const swap = "certswap swap --dir tls --allow-older";

for (
  const [what, line] of [
    ["standard input as -", `${swap} --new-cert new.pem --new-key - < new.key`],
    [
      "standard input as /dev/stdin",
      `cat new.key | ${swap} --new-cert new.pem --new-key /dev/stdin`,
    ],
    ["standard input as /dev/fd/0", `cat new.key | ${swap} --new-cert new.pem --new-key /dev/fd/0`],
    [
      "standard input as /proc/self/fd/0",
      `${swap} --new-cert /proc/self/fd/0 --new-key new.key < new.pem`,
    ],
    [
      "two pipes by their descriptors",
      `${swap} --new-cert <(cat new.pem) --new-key <(cat new.key)`,
    ],
    [
      "a pipe that is slow",
      `${swap} --new-cert new.pem --new-key <(head -c 9 new.key; sleep 0.3; tail -c +10 new.key)`,
    ],
  ] as const
) {
  Deno.test(`certswap swap takes a new pair from ${what}`, async () => {
    const { first } = await fleet();
    await withDevice(async (device) => {
      device.give("new", first);
      const { code, stderr } = await bash(line, device.root);
      assert.equal(code, 0, stderr);
      assert.equal(device.read("cert.pem"), first.chainPem);
      assert.equal(device.read("key.pem"), first.keyPem);
    });
  });
}

for (
  const [what, line, code, message] of [
    [
      "two files from one standard input",
      `${swap} --new-cert - --new-key /dev/stdin < new.pem`,
      2,
      /standard input is given twice/,
    ],
    [
      "two files from one pipe",
      `${swap} --new-cert /dev/fd/9 --new-key /dev/fd/9 9< <(cat new.pem)`,
      2,
      /\/dev\/fd\/9 is given twice/,
    ],
    [
      "more than is read of a key",
      `head -c 3000000 /dev/zero | ${swap} --new-cert new.pem --new-key -`,
      1,
      /\/dev\/stdin is larger than/,
    ],
    [
      "an empty standard input",
      `${swap} --new-cert new.pem --new-key - < /dev/null`,
      1,
      /\/dev\/stdin: /,
    ],
    [
      "a file by a descriptor, and names the way out",
      `${swap} --new-cert new.pem --new-key /dev/fd/9 9< new.key`,
      1,
      /cannot read \/dev\/fd\/9: it is not an open pipe\nHint: Give the path of the file itself/,
    ],
    [
      "a descriptor that is not open",
      `${swap} --new-cert new.pem --new-key /dev/fd/77`,
      1,
      /cannot read \/dev\/fd\/77: it is not an open pipe/,
    ],
  ] as const
) {
  Deno.test(`certswap swap does not take ${what}`, async () => {
    const { first } = await fleet();
    await withDevice(async (device) => {
      device.give("new", first);
      const ended = await bash(line, device.root);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
      assert.equal(device.read("cert.pem"), undefined);
    });
  });
}

Deno.test("certswap ca sign and verify take a request and a certificate from a pipe", async () => {
  await withDevice(async ({ root }) => {
    const lines = [
      "certswap ca init --subject CN=Root",
      "certswap ca request --subject CN=a --san DNS:a --out-key a.key --out-csr a.csr",
      "certswap ca sign - < a.csr",
      "certswap ca sign <(cat a.csr)",
      "cat ca-data/certs/02.pem | certswap ca verify -",
      "certswap ca verify <(cat ca-data/certs/03.pem)",
      "certswap ca sign - /dev/stdin < a.csr; [ $? = 2 ]",
    ];
    const { code, stderr } = await bash(lines.join(" && "), root);
    assert.equal(code, 0, stderr);
  });
});
