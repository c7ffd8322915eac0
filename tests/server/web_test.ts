/** Routes, cached resources and request rates. */
import assert from "node:assert/strict";
import {
  findAnswer,
  RequestRate,
  type Resource,
  resourceResponse,
  type Route,
} from "../../lib/server/web/mod.ts";
import type { HttpHead } from "../../lib/system/mod.ts";
import fc from "../support/properties.ts";

const routes: readonly Route[] = [
  {
    path: "/a",
    methods: { GET: { bodyLimit: 0, answer: () => ({ status: 200 }) } },
  },
  {
    path: "/b/",
    isPrefix: true,
    label: "/b/*",
    methods: { POST: { bodyLimit: 9, answer: ({ path }) => ({ status: 201, headers: { path } }) } },
  },
];

function head(method: string, path: string): HttpHead {
  return { method, path, header: () => undefined, client: "", certificates: [] };
}

async function status(method: string, path: string): Promise<number> {
  const { answer } = findAnswer(routes, head(method, path));
  return (await answer({ ...head(method, path), body: new Uint8Array() })).status;
}

Deno.test("a path that is not listed gets 404, however it is written", async () => {
  const tricks = [
    "/",
    "",
    "*",
    "/A",
    "/a/",
    "//a",
    "/a/../a",
    "/%61",
    "/a%00",
    "/b",
    "/a;x",
    "/./a",
  ];
  for (const path of tricks) assert.equal(await status("GET", path), 404, path);
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => {
    const path = `/${text}`;
    fc.pre(path !== "/a" && !path.startsWith("/b/"));
    assert.equal(await status("GET", path), 404);
  }));
});

Deno.test("another method gets 405 and the methods that are allowed", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get", "__proto__", "constructor"]) {
    const { answer } = findAnswer(routes, head(method, "/a"));
    const { status, headers } = await answer({ ...head(method, "/a"), body: new Uint8Array() });
    assert.deepEqual([status, headers?.["allow"]], [405, "GET, HEAD"], method);
  }
  assert.equal(await status("HEAD", "/a"), 200);
});

Deno.test("a prefix leaves the rest of the path to its endpoint, and has one label", async () => {
  const { answer, label, bodyLimit } = findAnswer(routes, head("POST", "/b/c%2F/d"));
  assert.deepEqual([label, bodyLimit], ["/b/*", 9]);
  const { headers } = await answer({ ...head("POST", "/b/c%2F/d"), body: new Uint8Array() });
  assert.equal(headers?.["path"], "/b/c%2F/d");
});

const now = new Date("2026-06-01T12:00:00Z");
const resource: Resource = {
  body: new Uint8Array(3),
  contentType: "text/x",
  entityTag: '"abc"',
  modified: new Date("2026-06-01T11:00:00.7Z"),
  freshUntil: new Date("2026-06-01T12:00:59.9Z"),
};

function responseFor(
  headers: Record<string, string>,
  at = now,
): ReturnType<typeof resourceResponse> {
  return resourceResponse({ header: (name) => headers[name] }, resource, at);
}

Deno.test("a resource may be kept until it is replaced, and no second longer", () => {
  const { headers = {} } = responseFor({});
  assert.equal(headers["cache-control"], "max-age=59, public, no-transform");
  assert.equal(headers["expires"], "Mon, 01 Jun 2026 12:00:59 GMT");
  assert.equal(headers["last-modified"], "Mon, 01 Jun 2026 11:00:00 GMT");
  const late = responseFor({}, new Date("2026-06-02T12:00:00Z")).headers ?? {};
  assert.deepEqual([late["cache-control"], late["expires"]], ["no-cache", undefined]);
});

Deno.test("a client that has a resource gets 304 without a body", () => {
  const known: readonly Record<string, string>[] = [
    { "if-none-match": '"abc"' },
    { "if-none-match": 'W/"x", W/"abc"' },
    { "if-none-match": "*" },
    { "if-modified-since": "Mon, 01 Jun 2026 11:00:00 GMT" },
  ];
  for (const headers of known) {
    const { status, body } = responseFor(headers);
    assert.deepEqual([status, body], [304, undefined], JSON.stringify(headers));
  }
  const unknown: readonly Record<string, string>[] = [
    {},
    { "if-none-match": '"abcd"' },
    { "if-modified-since": "Mon, 01 Jun 2026 10:59:59 GMT" },
    { "if-modified-since": "yesterday" },
    // The tag decides alone: RFC 9110 13.1.3.
    { "if-none-match": '"x"', "if-modified-since": "Mon, 01 Jun 2026 11:00:00 GMT" },
  ];
  for (const headers of unknown) {
    assert.equal(responseFor(headers).status, 200, JSON.stringify(headers));
  }
});

Deno.test("a client may ask so often a minute, and others are not affected", () => {
  const time = { now };
  const rate = new RequestRate({ now: () => time.now, sleep: () => Promise.resolve() }, 3);
  const ask = (client: string, times: number): number[] =>
    Array.from({ length: times }, () => rate.take(client));
  assert.deepEqual(ask("192.0.2.1", 4), [0, 0, 0, 20]);
  assert.equal(rate.isOpen("192.0.2.1"), false);
  assert.deepEqual(ask("192.0.2.2", 3), [0, 0, 0]);
  time.now = new Date(now.getTime() + 20_000);
  assert.deepEqual(ask("192.0.2.1", 2), [0, 20]);
  // A clock that is set back gives nothing away, and blocks no one for ever.
  time.now = new Date(now.getTime() - 3_600_000);
  assert.deepEqual(ask("192.0.2.1", 1), [20]);
  time.now = new Date(now.getTime() - 3_540_000);
  assert.deepEqual(ask("192.0.2.1", 1), [0]);
});

Deno.test("all addresses of one IPv6 network count together", () => {
  const rate = new RequestRate({ now: () => now, sleep: () => Promise.resolve() }, 1);
  assert.equal(rate.take("2001:db8::1"), 0);
  assert.equal(rate.take("2001:db8:0:0:ffff::2"), 60);
  assert.equal(rate.take("2001:db8:0:1::1"), 0);
});
