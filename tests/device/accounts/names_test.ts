import assert from "node:assert/strict";
import { isAccountName } from "../../../lib/device/accounts/mod.ts";

Deno.test("isAccountName() accepts the names that useradd(8) and directory services give", () => {
  for (
    const name of [
      "root",
      "www-data",
      "_apt",
      "systemd-network",
      "web.service",
      "web@example.com",
      "EXAMPLE\\web",
      "DEVICE$",
      "J\u00fcrgen",
      "1web",
      "0x10",
      "a".repeat(256),
    ]
  ) assert(isAccountName(name), name);
});

Deno.test("isAccountName() accepts the numbers from 0 to 4294967294, in decimal", () => {
  for (const number of ["0", "33", "65534", "65535", "4294967294"]) {
    assert(isAccountName(number), number);
  }
  for (
    const number of ["4294967295", "4294967296", "99999999999", "033", "00", "-1", "+1", "1.5"]
  ) {
    const isName = number === "1.5";
    assert.equal(isAccountName(number), isName, number);
  }
});

Deno.test("isAccountName() refuses what passwd(5) cannot contain, options, and blanks", () => {
  for (
    const text of [
      "",
      "-x",
      "--help",
      "+",
      "+web",
      "#web",
      "a:b",
      "a/b",
      "/",
      ".",
      "..",
      "a b",
      " a",
      "a\t",
      "a\n",
      "a\u00a0b",
      "a\0",
      "a\x1b[m",
      "a\x7f",
      "a\x85",
      "\ud800",
      "a".repeat(257),
      "\u00fc".repeat(129),
    ]
  ) assert(!isAccountName(text), JSON.stringify(text));
});
