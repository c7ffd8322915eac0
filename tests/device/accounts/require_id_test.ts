import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { type Account, requireId } from "../../../lib/device/accounts/mod.ts";
import type { AccountKind } from "../../../lib/system/mod.ts";

/** The message and hint for an account that a file needs. */
function refusal(account: Account, kind: AccountKind): readonly [message: string, hint?: string] {
  try {
    requireId(account, { kind, path: "/etc/tls/key.pem" });
  } catch (error) {
    const { code, message, hint = "" } = describe(error);
    assert.equal(code, "unknown-account");
    return [message, hint];
  }
  assert.fail("it was found");
}

Deno.test("requireId() returns the ID of an account that was found, also 0", () => {
  assert.equal(requireId({ name: "root", id: 0 }, { kind: "user", path: "/x" }), 0);
  assert.equal(requireId({ name: "www-data", id: 33 }, { kind: "group", path: "/x" }), 33);
});

Deno.test("an account that does not exist: the message names the file, the hint how to look", () => {
  const [message, hint = ""] = refusal({ name: "O'Web", id: undefined }, "user");
  assert.equal(message, "cannot set the owner of /etc/tls/key.pem: user 'O'Web' does not exist");
  assert.match(hint, /^Create the user, or correct 'owner' in the configuration\. /);
  assert.match(hint, /: getent passwd 'O'\\''Web'$/);
});

Deno.test("an account that getent could not be asked about may exist, and the hint says so", () => {
  const [message, hint = ""] = refusal({ name: "tls", id: undefined, isUncertain: true }, "group");
  assert.equal(
    message,
    "cannot set the group of /etc/tls/key.pem: group 'tls' is not in /etc/group, and getent gave " +
      "no answer",
  );
  assert.match(hint, /^Run 'getent group tls': it must print the group within 5 seconds\. /);
  assert.match(hint, /set 'group' to the GID\.$/);
});
