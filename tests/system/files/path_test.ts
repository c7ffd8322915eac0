import assert from "node:assert/strict";
import { posix } from "node:path";
import fc from "../../support/properties.ts";
import { directoryOf, join, nameOf } from "../../../lib/system/mod.ts";

Deno.test("directoryOf() and nameOf() split a path at its last slash", () => {
  const cases: readonly [path: string, directory: string, name: string][] = [
    ["/etc/tls/cert.pem", "/etc/tls", "cert.pem"],
    ["/cert.pem", "/", "cert.pem"],
    ["tls/cert.pem", "tls", "cert.pem"],
    ["cert.pem", ".", "cert.pem"],
    ["./cert.pem", ".", "cert.pem"],
    ["/", "/", ""],
    ["tls/", "tls", ""],
  ];
  for (const [path, directory, name] of cases) {
    assert.deepEqual([directoryOf(path), nameOf(path)], [directory, name], path);
  }
});

Deno.test("join() joins a directory and a name, also for the root", () => {
  assert.equal(join("/etc/tls", "cert.pem"), "/etc/tls/cert.pem");
  assert.equal(join("/", "cert.pem"), "/cert.pem");
  assert.equal(join("tls/", "certs/01.pem"), "tls/certs/01.pem");
  assert.equal(join(".", ""), "./");
});

const pathName = fc.string({ minLength: 1 }).filter((text) => !/[/\0]/.test(text));
const absolutePath = fc.array(pathName, { minLength: 1 }).map((names) => `/${names.join("/")}`);

Deno.test("directoryOf(), nameOf() and join() agree with node:path on absolute paths", () => {
  fc.assert(fc.property(absolutePath, (path) => {
    assert.equal(directoryOf(path), posix.dirname(path));
    assert.equal(nameOf(path), posix.basename(path));
    assert.equal(join(directoryOf(path), nameOf(path)), path);
  }));
});
