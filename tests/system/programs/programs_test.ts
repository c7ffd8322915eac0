/** The environment of issuers and hooks, and where their programs are searched for. */
import assert from "node:assert/strict";
import {
  CertswapError,
  type FileSystem,
  programEnvironment,
  requireProgram,
} from "../../../lib/system/mod.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { plant } from "../../simulation/model/disk.ts";
import { testSystem } from "../../support/test_world.ts";

/** HOME of a program that runs as this user, with this file system. */
function homeOf(userId: number, files: FileSystem): string | undefined {
  const system = testSystem({ files });
  return programEnvironment({ ...system, processes: { ...system.processes, userId: () => userId } })
    .HOME;
}

function withPasswd(content: string): FileSystem {
  return new SimulatedFileSystem(
    plant({ "/etc/passwd": content }),
  );
}

Deno.test("programs get HOME from the user's entry in passwd(5), or the first of several", () => {
  const files = withPasswd(
    "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:A, B:/srv/web:/bin/false\nalso:x:33:33::/other:\n",
  );
  assert.equal(homeOf(0, files), "/root");
  assert.equal(homeOf(33, files), "/srv/web");
});

Deno.test("programs get / as HOME if the user has no entry, or one without an absolute path", () => {
  const passwd =
    "a:x:1:1::relative:/bin/sh\nb:x:2:2\nc:x:33:3:::\n# d:x:4:4::/d:\n\n+e::4:4::/e:\n";
  for (const userId of [1, 2, 3, 33, 4, 100]) {
    assert.equal(homeOf(userId, withPasswd(passwd)), "/", `${userId}`);
  }
});

Deno.test("programs get / as HOME if the user database is missing or too large", () => {
  assert.equal(homeOf(0, withPasswd("root:x:0:0::/root:\n".repeat(230_000))), "/");
  assert.equal(homeOf(0, new SimulatedFileSystem(plant({}))), "/");
});

/** The code of the error if a program of this name cannot be run; `undefined`: it can. */
function refusal(program: string, mode: number, path = "/usr/bin/sign"): string | undefined {
  const files = new SimulatedFileSystem(plant({ [path]: { content: "", attributes: { mode } } }));
  try {
    requireProgram(files, program);
    return undefined;
  } catch (error) {
    assert(error instanceof CertswapError);
    return error.code;
  }
}

Deno.test("a program without a path is required in the directories that are searched for it", () => {
  assert.equal(refusal("sign", 0o755), undefined);
  assert.equal(refusal("sign", 0o755, "/usr/local/sbin/sign"), undefined);
  assert.equal(refusal("sign", 0o755, "/opt/bin/sign"), "program-not-found");
  assert.equal(refusal("sign", 0o755, "/usr/bin/sign/sign"), "program-not-found");
  assert.equal(refusal("sign", 0o644), "program-not-found");
  assert.equal(refusal("..", 0o755), "program-not-found");
  assert.equal(refusal("/usr/bin/sign", 0o755), undefined);
  assert.equal(refusal("/usr/bin/sign", 0o644), "not-executable");
});
