/** What is shown of the output of an issuer, a hook or a probe. */
import assert from "node:assert/strict";
import { outputLines } from "../../../lib/cli/messages/service/mod.ts";

const begin = "-----BEGIN EC PRIVATE KEY-----";
const end = "-----END EC PRIVATE KEY-----";
const notShown = "(private key not shown)";

/** The lines that are shown of a program's standard error. */
function shown(errorOutput: string): readonly string[] {
  return outputLines({ program: "/bin/issue", end: { kind: "exit", code: 1 }, errorOutput });
}

Deno.test("a private key that a program prints is not shown, but the lines around it are", () => {
  assert.deepEqual(shown(`before\n${begin}\nc2VjcmV0\n${end}\nafter\n`), [
    ...["before", notShown, "after"],
  ]);
});

Deno.test("a private key is not shown on standard output either", () => {
  const failure = {
    program: "/bin/hook",
    end: { kind: "exit", code: 1 },
    errorOutput: "",
    output: `${begin}\nc2VjcmV0\n${end}\n`,
  } as const;
  assert.deepEqual(outputLines(failure), [notShown]);
});

Deno.test("a private key inside a line of JSON or of a trace is not shown", () => {
  assert.deepEqual(shown(`{"private_key":"${begin}\\nc2VjcmV0\\n${end}","ok":true}`), [
    `{"private_key":"${notShown}","ok":true}`,
  ]);
});

Deno.test("a private key whose end was not printed is not shown", () => {
  assert.deepEqual(shown(`before\n${begin}\nc2VjcmV0\nc2Vj`), ["before", notShown]);
});

Deno.test("a private key whose beginning was not kept is not shown", () => {
  assert.deepEqual(shown(`c2VjcmV0\nc2VjcmV0\n${end}\nafter`), [notShown, "after"]);
});

Deno.test("a certificate that a program prints is shown", () => {
  const lines = ["-----BEGIN CERTIFICATE-----", "MIIB", "-----END CERTIFICATE-----"];
  assert.deepEqual(shown(lines.join("\n")), lines);
});

Deno.test("many keys and many unfinished keys are replaced in linear time", () => {
  const many = `${begin}\nc2VjcmV0\n${end}\n`.repeat(2_000);
  assert.deepEqual(shown(many), Array.from({ length: 10 }, () => notShown));
  assert.deepEqual(shown(`${begin}\n`.repeat(20_000)), [notShown]);
});
