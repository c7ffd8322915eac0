/** The order in which files are changed limits the damage if a process is killed and recovery never runs. */
import assert from "node:assert/strict";
import { readCrlFile } from "../../lib/x509/read/crl.ts";
import { caScenarios, makeCaCast } from "./scenarios/ca_scenarios.ts";
import { bytesOf } from "./model/contents.ts";
import { type Disk, visibleFiles } from "./model/disk.ts";
import { type Scenario, trace } from "./model/walk.ts";

/** Every state of the disk during a command, as a reader sees it. */
async function seenDuring(name: string): Promise<readonly Seen[]> {
  const scenarios = await caScenarios(await makeCaCast());
  const scenario: Scenario | undefined = scenarios.find((candidate) => candidate.name === name);
  assert.ok(scenario);
  const { disks } = await trace(scenario.initial, scenario.run);
  assert.ok(disks.length > 10);
  return disks.map(look);
}

interface Seen {
  readonly text: (name: string) => string;
  readonly has: (name: string) => boolean;
  /** Serial numbers in `certs/`. */
  readonly certificates: readonly bigint[];
}

function look(disk: Disk): Seen {
  const files = visibleFiles(disk);
  const path = (name: string): string => `/srv/ca/${name}`;
  return {
    has: (name) => files.has(path(name)),
    text(name) {
      const file = files.get(path(name));
      return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : "";
    },
    certificates: [...files.keys()].flatMap((name) => {
      const serial = /\/certs\/([0-9a-f]+)\.pem$/.exec(name)?.[1];
      return serial === undefined ? [] : [BigInt(`0x${serial}`)];
    }),
  };
}

const number = (text: string): bigint => BigInt(`0x${text.trim()}`);

Deno.test("throughout a ca sign the counter is above all certificates, and entries have files", async () => {
  for (const { text, certificates } of await seenDuring("ca sign, three requests")) {
    assert.ok(certificates.every((serial) => serial < number(text("serial"))));
    const entries: { serial: string }[] = JSON.parse(text("index.json"));
    assert.ok(entries.every(({ serial }) => certificates.includes(number(serial))));
  }
});

Deno.test("throughout a ca crl the CRL is at least as new as its counter", async () => {
  for (const { text } of await seenDuring("ca crl, another")) {
    const { number: listed = 0n } = readCrlFile(new TextEncoder().encode(text("ca.crl")));
    assert.ok(listed >= number(text("crlnumber")) - 1n);
  }
});

Deno.test("throughout a ca init, the certificate never exists without the other files", async () => {
  const seen = await seenDuring("ca init, in a new directory");
  assert.ok(seen.some(({ has }) => has("ca.crt")));
  for (const { has } of seen) {
    if (!has("ca.crt")) continue;
    for (const name of ["ca.key", "serial", "crlnumber", "index.json", "certs/"]) {
      assert.ok(has(name), name);
    }
  }
});

Deno.test("throughout every command ca.key and its staged file are private to their owner", async () => {
  const cast = await makeCaCast();
  for (const scenario of await caScenarios(cast)) {
    if (scenario.name.includes("repair")) continue;
    const { disks } = await trace(scenario.initial, scenario.run);
    for (const disk of disks) {
      for (const [path, file] of visibleFiles(disk)) {
        if (!path.includes("ca.key") || typeof file !== "object") continue;
        assert.equal(file.mode & 0o077, 0, `${scenario.name}: ${path}`);
      }
    }
  }
});
