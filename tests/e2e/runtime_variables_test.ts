/** The build's check of the environment variables that the runtime knows. */
import assert from "node:assert/strict";
import {
  checkRuntimeVariables,
  influentialVariables,
  unreviewedVariables,
} from "../../scripts/build/runtime_variables.ts";
import { run } from "./support/executable.ts";

/** Strings as in a program: one after the other, some between bytes that are not text. */
function program(...strings: readonly string[]): Uint8Array {
  const parts = strings.map((text) => new TextEncoder().encode(text));
  return new Uint8Array(parts.flatMap((part) => [0x00, 0xb8, ...part]));
}

Deno.test("the build knows every variable of the Deno that it carries", async () => {
  checkRuntimeVariables(await Deno.readFile(Deno.execPath()));
});

Deno.test("the build knows a variable that only Deno for aarch64 shows as text", () => {
  // In the program for x86_64 it is part of the machine code.
  checkRuntimeVariables(program("DENO_USE_WRITEV"));
});

Deno.test("the build fails for a variable that has not been reviewed, and says what to do", () => {
  const runtime = program("DENO_DIRx", "DENO_NEW_THING", "NODE_OPTIONSOTEL_OTHER_THINGDENO_CERT");
  assert.deepEqual(unreviewedVariables(runtime), ["DENO_NEW_THING", "OTEL_OTHER_THING"]);
  assert.throws(
    () => checkRuntimeVariables(runtime),
    /DENO_NEW_THING\n {2}OTEL_OTHER_THING\n.*scripts\/build\/runtime_variables\.ts/s,
  );
});

Deno.test("the build finds a variable anywhere in the runtime", () => {
  // Around the end of each piece that is read in one call.
  const piece = 1 << 23;
  for (const at of [0, piece - 7, piece - 1, piece, 2 * piece - 3]) {
    const runtime = new Uint8Array(2 * piece + 100);
    runtime.set(new TextEncoder().encode("V8_NEW_THING"), at);
    assert.deepEqual(unreviewedVariables(runtime), ["V8_NEW_THING"], `${at}`);
  }
});

Deno.test("the build does not take a longer name for a reviewed one", () => {
  for (const name of ["DENO_CERT_FILE", "NODE_OPTIONS_2", "RUST_LOG_TO", "DENO_V8_FLAGS_FILE"]) {
    assert.deepEqual(unreviewedVariables(program(name)), [name]);
  }
  assert.deepEqual(unreviewedVariables(program("DENO_CERTL", "DENO_TRUST_PROXY_HEADERS")), []);
});

Deno.test("the build knows every variable that 'deno --help' names", async () => {
  const { stdout } = await run(Deno.execPath(), ["--help"]);
  const named = [...stdout.matchAll(/^ {2}((?:DENO|NODE|OTEL|NPM)_\w+|SSLKEYLOGFILE)\b/gm)]
    .map(([, name = ""]) => name);
  assert.ok(named.length > 20);
  assert.deepEqual(named.filter((name) => !influentialVariables.includes(name)), []);
});
