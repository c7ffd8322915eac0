/** Recognizing an error that has occurred before. */
import assert from "node:assert/strict";
import { IssuerFailedError } from "../../../lib/device/issuer/errors.ts";
import { AnswerRefusedError, DueAtOnceError } from "../../../lib/device/rotation/errors.ts";
import { identityOf } from "../../../lib/device/rotation/same_error.ts";
import { HookFailedError } from "../../../lib/device/service/mod.ts";
import { ProbeFailedError } from "../../../lib/device/service/errors.ts";
import { FileSystemError, type ProgramEnd, TlsConnectionError } from "../../../lib/system/mod.ts";
import { LockedError } from "../../../lib/transaction/mod.ts";
import { BadDerError } from "../../../lib/x509/errors.ts";

const at = (text: string): Date => new Date(text);
const locked = (processId: number, since: string): LockedError =>
  new LockedError("/d/.certswap/a.lock", 2000, { processId, since: at(since) });
const issuer = (end: ProgramEnd, errorOutput = ""): IssuerFailedError =>
  new IssuerFailedError({ program: "/bin/issuer", end, errorOutput });
const hook = (command: readonly [string, ...string[]], name?: string): HookFailedError =>
  new HookFailedError(
    { hook: { name, command, timeLimit: 1000 }, place: { position: 1, count: 2 } },
    { failure: { program: command[0], end: { kind: "exit", code: 1 }, errorOutput: "" } },
  );
const server = {
  kind: "server",
  host: "localhost",
  port: 443,
  serverName: undefined,
  startTls: undefined,
  keyType: undefined,
  identity: { kind: "pair" },
  deadline: 6000,
} as const;
const probe = (served: string, port = 443): ProbeFailedError =>
  new ProbeFailedError({ ...server, port }, { stage: "certificate", saw: "another", served });
const starttls = (said: string): TlsConnectionError =>
  new TlsConnectionError(server, "starttls", { said });
const exit = (code: number): ProgramEnd => ({ kind: "exit", code });

for (
  const [what, one, other] of [
    [
      "another PID and time",
      locked(4711, "2026-06-01T12:00:00Z"),
      locked(4712, "2026-06-01T13:00:00Z"),
    ],
    [
      "other output of a program",
      issuer(exit(1), "at 12:00"),
      issuer(exit(1), "at 13:00"),
    ],
    [
      "another certificate that is due",
      new DueAtOnceError(at("2026-06-01")),
      new DueAtOnceError(at("2026-06-02")),
    ],
    [
      "damage in another place",
      new AnswerRefusedError("the answer", { cause: new BadDerError(7, "time") }),
      new AnswerRefusedError("the answer", { cause: new BadDerError(9, "time") }),
    ],
    ["another foreign certificate", probe("aa"), probe("bb")],
    ["an added deadline", probe("aa"), probe("aa").after(4980)],
    ["another answer of a server", starttls("454 try at 12:00"), starttls("454 try at 13:00")],
    [
      "a file with another serial number",
      new FileSystemError("EROFS", "create", "/ca/certs/0a.pem"),
      new FileSystemError("EROFS", "create", "/ca/certs/0b.pem"),
    ],
  ] as const
) {
  Deno.test(`an error with ${what} is the same`, () => {
    assert.equal(identityOf(one), identityOf(other));
  });
}

for (
  const [what, one, other] of [
    ["exit code", issuer(exit(1)), issuer(exit(2))],
    ["end of a program", issuer(exit(1)), issuer({ kind: "time-limit" })],
    [
      "errno",
      new FileSystemError("EROFS", "create", "/d/a"),
      new FileSystemError("ENOSPC", "create", "/d/a"),
    ],
    [
      "directory",
      new FileSystemError("EROFS", "create", "/d/a"),
      new FileSystemError("EROFS", "create", "/e/a"),
    ],
    ["hook", hook(["/bin/ctl", "reload", "a"]), hook(["/bin/ctl", "reload", "b"])],
    ["shared hook", hook(["/bin/ctl"], "a"), hook(["/bin/ctl"], "b")],
    ["server", probe("aa", 443), probe("aa", 444)],
    [
      "cause",
      new AnswerRefusedError("the answer", { cause: new BadDerError(7, "time") }),
      new AnswerRefusedError("the answer", { cause: new BadDerError(7, "wrong-type") }),
    ],
  ] as const
) {
  Deno.test(`an error with another ${what} is different`, () => {
    assert.notEqual(identityOf(one), identityOf(other));
  });
}

Deno.test("an internal error is recognized by its type", () => {
  assert.equal(identityOf(new TypeError("a 1")), identityOf(new TypeError("a 2")));
  assert.notEqual(identityOf(new TypeError("a")), identityOf(new RangeError("a")));
});
