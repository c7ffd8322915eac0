import assert from "node:assert/strict";
import {
  installedFailureUnit,
  isFailureUnit,
  missingFailureUnit,
} from "../../../lib/device/installation/mod.ts";
import { plant } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";

Deno.test("isFailureUnit() takes what systemd can start, and nothing that could add a line", () => {
  for (const name of ["mail.service", "mail@%n.service", "a@b-c.target", "x\\x2dy@%H.service"]) {
    assert.equal(isFailureUnit(name), true, name);
  }
  for (
    const name of [
      "",
      "none",
      "mail",
      "mail.timer",
      "mail@.service",
      "a.service b.service",
      "a.service\nExecStart=/bin/sh.service",
      "100%.service",
      `${"a".repeat(255)}.service`,
    ]
  ) assert.equal(isFailureUnit(name), false, name);
});

const unit = "# Written by 'certswap install' from /c.\n[Unit]\nOnFailure=mail@%n.service\n";

for (
  const [what, text, expected] of [
    ["certswap's own", unit, "mail@%n.service"],
    ["one without it", unit.replace("OnFailure", "#OnFailure"), undefined],
    ["somebody else's", unit.slice(2), undefined],
    ["what no unit is called", unit.replace("%n", ""), undefined],
  ] as const
) {
  Deno.test(`installedFailureUnit() of a unit: ${what}`, () => {
    const files = new SimulatedFileSystem(plant({ "/units/a.service": text }));
    assert.equal(installedFailureUnit(files, "/units/a.service"), expected);
  });
}

Deno.test("installedFailureUnit() knows of none where there is no unit", () => {
  const files = new SimulatedFileSystem(plant({ "/units/": {} }));
  assert.equal(installedFailureUnit(files, "/units/a.service"), undefined);
});

Deno.test("missingFailureUnit() names the file that is in none of systemd's directories", () => {
  const files = new SimulatedFileSystem(plant({
    "/units/": {},
    "/etc/systemd/system/mail@.service": "",
    "/lib/systemd/system/page.service": "",
  }));
  const missing = (name: string): string | undefined =>
    missingFailureUnit(files, { name, directory: "/units" });
  assert.equal(missing("mail@%n.service"), undefined);
  assert.equal(missing("page.service"), undefined);
  assert.equal(missing("call@%n.service"), "call@.service");
  assert.equal(missing("call.service"), "call.service");
  assert.equal(missing("call-%H.service"), undefined, "only systemd knows which unit this is");
});
