import assert from "node:assert/strict";
import {
  installedFailureUnit,
  isFailureUnit,
  missingFailureUnit,
} from "../../../lib/device/installation/mod.ts";
import { plant } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";

Deno.test("isFailureUnit() accepts units that systemd can start, and nothing with a line feed", () => {
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
    ["certswap's own unit", unit, "mail@%n.service"],
    ["a unit without one", unit.replace("OnFailure", "#OnFailure"), undefined],
    ["a unit of another origin", unit.slice(2), undefined],
    ["a unit with an invalid name", unit.replace("%n", ""), undefined],
  ] as const
) {
  Deno.test(`installedFailureUnit() reads the failure unit of ${what}`, () => {
    const files = new SimulatedFileSystem(plant({ "/units/a.service": text }));
    assert.equal(installedFailureUnit(files, "/units/a.service"), expected);
  });
}

Deno.test("installedFailureUnit() returns undefined if there is no unit", () => {
  const files = new SimulatedFileSystem(plant({ "/units/": {} }));
  assert.equal(installedFailureUnit(files, "/units/a.service"), undefined);
});

Deno.test("missingFailureUnit() returns a file that is in none of systemd's directories", () => {
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
  assert.equal(missing("call-%H.service"), undefined, "only systemd can expand this name");
});
