/** A bad issuer causes a message, and no loss: the old pair stays active, and the request is kept. */
import assert from "node:assert/strict";
import { describe } from "../../../../lib/cli/messages/mod.ts";
import { ConfiguredPairError } from "../../../../lib/device/configuration/mod.ts";
import { purposeOid } from "../../../../lib/x509/encoding/oids.ts";
import { statIfPresent } from "../../../../lib/system/mod.ts";
import { issueWithKeyOf, type Mistake } from "../../../support/issue_with_key.ts";
import { makeAuthority } from "../../../support/pairs.ts";
import {
  beginning,
  commonSigner,
  configured,
  day,
  ended,
  type Program,
  rotatedWorld,
  RotationWorld,
  signs,
} from "../../../support/rotation_world.ts";
import { makeSigner } from "../../../support/signer.ts";

const { serverAuth } = purposeOid;

interface Case {
  readonly issuer: string;
  readonly program: Program;
  readonly code: string;
  readonly message: RegExp;
  readonly details?: RegExp;
}

/** Signs what is requested, but with another validity. */
function signsWith(terms: { readonly notBefore: number; readonly notAfter: number }): Program {
  return async ({ input }, { signer, now }) => {
    const at = (offset: number): Date =>
      new Date(Math.floor((now.getTime() + offset) / 1000) * 1000);
    const output = await signer.sign(input, {
      notBefore: at(terms.notBefore),
      notAfter: at(terms.notAfter),
    });
    return ended(0, { output });
  };
}

/** Signs the request of another device instead of the given one. */
function signsFor(identity: Partial<typeof configured.identity>): Program {
  return async (options, world) => {
    const other = await rotatedWorld();
    other.now = world.now;
    other.configuration = { ...configured, identity: { ...configured.identity, ...identity } };
    let request = options.input;
    other.issuer = (asked) => {
      request = asked.input;
      return ended(1);
    };
    await other.rotate({ force: true });
    return await signs({ ...options, input: request }, world);
  };
}

/** Issues something other than requested, for the right key, from a trusted CA of its own. */
function mistakes(mistake: Omit<Mistake, "now">): Program {
  return async ({ input }, world) => {
    const authority = await makeAuthority();
    world.write("/trust.pem", authority.certificatePem);
    return ended(0, {
      output: await issueWithKeyOf(input, authority, { ...mistake, now: world.now }),
    });
  };
}

const cases: readonly Case[] = [
  {
    issuer: "returns nothing",
    program: () => ended(0),
    code: "nothing-issued",
    message: /^pair web: the issuer \/bin\/issuer .*printed no certificate/,
  },
  {
    issuer: "returns HTML",
    program: () => ended(0, { output: "<html><body>502 Bad Gateway</body></html>\n" }),
    code: "answer-refused",
    message: /^pair web: cannot use the issued certificate: .*not PEM/,
  },
  {
    issuer: "returns a truncated certificate",
    program: async (options, world) => {
      const { output } = await signs(options, world);
      return ended(0, { output: output.subarray(0, 300) });
    },
    code: "answer-refused",
    message: /^pair web: .*truncated/,
  },
  {
    issuer: "returns a certificate for another key",
    program: signsFor({}),
    code: "answer-refused",
    message: /^pair web: .*it is for a different key than the one requested$/,
  },
  {
    issuer: "returns a CA certificate",
    program: mistakes({ ca: true }),
    code: "answer-refused",
    message: /^pair web: .*starts with a CA certificate; expected .*leaf/,
  },
  {
    issuer: "returns an expired certificate",
    program: signsWith({ notBefore: -10 * day, notAfter: -day }),
    code: "answer-refused",
    message: /^pair web: .*expired at/,
  },
  {
    issuer: "returns a certificate that expires within the hour",
    program: signsWith({ notBefore: -day, notAfter: day / 48 }),
    code: "answer-refused",
    message: /^pair web: .*expires in less than 1 hour/,
  },
  {
    issuer: "returns a certificate with fewer names",
    program: mistakes({ names: ["DNS:device.example"] }),
    code: "answer-refused",
    message: /^pair web: the issuer left out requested names/,
    details: /missing name: +DNS:www\.example/,
  },
  {
    issuer: "drops a purpose of the active certificate",
    program: mistakes({ names: configured.identity.names ?? [], purposes: [serverAuth] }),
    code: "answer-refused",
    message: /^pair web: .*does not allow clientAuth, but the active one does/,
  },
  {
    issuer: "returns a certificate that is not for TLS",
    program: mistakes({
      names: configured.identity.names ?? [],
      purposes: [purposeOid.codeSigning],
    }),
    code: "answer-refused",
    message: /^pair web: .*does not allow serverAuth, clientAuth/,
  },
  {
    issuer: "returns a chain that does not lead to the trust anchor",
    program: async (options, world) => {
      const stranger = await makeSigner("CN=Stranger");
      const notAfter = new Date(world.now.getTime() + 90 * day);
      return ended(0, {
        output: await stranger.sign(options.input, { notBefore: world.now, notAfter }),
      });
    },
    code: "answer-refused",
    message: /^pair web: .*does not lead to a trust anchor/,
  },
  {
    issuer: "returns a certificate older than the active one",
    program: signsWith({ notBefore: -5 * day, notAfter: 20 * day }),
    code: "answer-refused",
    message: /^pair web: .*older than the active one/,
  },
  {
    issuer: "returns 100 MB",
    program: () => ended({ kind: "output-limit" }, { output: new Uint8Array(1024 * 1024) }),
    code: "issuer-failed",
    message: /^pair web: .*more than certswap accepts as a certificate chain/,
  },
  {
    issuer: "never returns",
    program: () => ended({ kind: "time-limit" }, { errorOutput: "connecting...\n" }),
    code: "issuer-failed",
    message:
      /^pair web: the issuer .* did not finish within its time limit of [0-9]+[ms]+ and was killed$/,
    details: /connecting\.\.\./,
  },
  {
    issuer: "fails, with a Retry-After that cannot be read",
    program: () => ended(3, { output: "Retry-After: soon\n" }),
    code: "issuer-failed",
    message: /^pair web: .*exit code 3/,
    details: /'Retry-After: soon' is ignored: expected a whole number of seconds/,
  },
  {
    issuer: "fails, and prints a control character",
    program: () => ended(3, { errorOutput: "line 1\nno \x1b[31mroute\n" }),
    code: "issuer-failed",
    message: /^pair web: the issuer \/bin\/issuer failed with exit code 3/,
    details: /no \\x1b\[31mroute/,
  },
  {
    issuer: "is killed",
    program: () => ended({ kind: "signal", signal: "SIGKILL" }),
    code: "issuer-failed",
    message: /^pair web: .*killed by SIGKILL/,
  },
];

/** Rotates a due pair with a bad issuer, and checks what must always hold. */
async function refuse(world: RotationWorld): Promise<ReturnType<typeof describe>> {
  const active = world.read("/tls/cert.pem");
  const key = world.read("/tls/key.pem");
  const { served } = world;
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.equal(world.read("/tls/cert.pem"), active);
  assert.equal(world.read("/tls/key.pem"), key);
  assert.deepEqual(world.served, served);
  assert.equal(world.count("hook"), 0, "reloaded without need");
  assert.ok(statIfPresent(world.files, "/tls/.key.pem.certswap.requested") !== undefined);
  assert.equal(statIfPresent(world.files, "/tls/.cert.pem.certswap.pending"), undefined);
  assert.ok(result.nextAttempt !== undefined && result.nextAttempt > world.now);
  assert.equal(world.state.lastFailure?.at.getTime(), world.now.getTime());
  assert.equal(result.errors.length, 1);
  return describe(new ConfiguredPairError("web", { cause: result.errors[0] }));
}

for (const { issuer, program, code, message, details } of cases) {
  Deno.test(`an issuer that ${issuer} is refused, and the old pair stays`, async () => {
    const world = await rotatedWorld();
    world.pass(day);
    world.issuer = program;
    const told = await refuse(world);
    assert.equal(told.code, code);
    assert.match(told.message, message);
    assert.doesNotMatch(told.message, /from the issuer/, "not the name of a file");
    assert.match(told.hint ?? "", /./, "has a hint");
    if (details !== undefined) assert.match((told.details ?? []).join("\n"), details);
    assert.equal(world.state.lastFailure?.code, code);
    world.issuer = signs;
    world.write("/trust.pem", world.signer.trust);
    assert.equal(
      (await world.rotate({ force: true })).outcome,
      "rotated",
      "a good issuer works again",
    );
  });
}

Deno.test("a certificate without a purpose is accepted if the configuration does not need it", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, purposes: [serverAuth] };
  world.issuer = mistakes({ names: configured.identity.names ?? [], purposes: [serverAuth] });
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  world.configuration = { ...configured, purposes: [serverAuth, purposeOid.clientAuth] };
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed", "the issuer does not provide a configured purpose");
  assert.match(describe(result.errors[0]).message, /does not allow clientAuth \(extendedKeyUsage/);
});

Deno.test("an issuer that cannot be started is refused, and the old pair stays", async () => {
  const world = await rotatedWorld();
  world.configuration = {
    ...configured,
    issuer: { kind: "command", command: ["/bin/missing"], timeLimit: 1000 },
  };
  const told = await refuse(world);
  assert.equal(told.code, "process-start");
  assert.match(told.message, /^pair web: cannot start the program \/bin\/missing/);
});

Deno.test("an issuer that returns the active certificate is refused, and nothing is reloaded", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, keyPolicy: "keep" };
  world.issuer = () => ended(0, { output: world.read("/tls/cert.pem") ?? "" });
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.match(describe(result.errors[0]).message, /the issued certificate is already active/);
  assert.equal(world.count("hook"), 0);
});

for (const probes of [configured.probes, []]) {
  const how = probes.length === 0 ? "no hook and probe" : "with a probe";
  Deno.test(`certificates that are already due reload the service only rarely (${how})`, async () => {
    const world = await rotatedWorld();
    world.configuration = {
      ...configured,
      probes,
      hooks: probes.length === 0 ? [] : configured.hooks,
    };
    const end = new Date(world.now.getTime() + 90 * day);
    let count = 0;
    world.issuer = async ({ input }) => {
      const notBefore = new Date(beginning.getTime() + 1000 * ++count);
      return ended(0, { output: await world.signer.sign(input, { notBefore, notAfter: end }) });
    };
    world.pass(85 * day);
    const first = await world.rotate();
    assert.equal(first.outcome, "rotated");
    const [warning] = first.warnings;
    assert.match(describe(warning).message, /has been due for renewal since 2030-0[78]-/);
    for (let hours = 1; hours < 48; hours++) {
      world.pass(day / 24);
      await world.rotate();
    }
    const asked = world.count("issuer");
    assert.ok(asked >= 8 && asked <= 12, `asked ${asked} times`);
    world.issuer = signs;
    world.pass(day);
    assert.deepEqual((await world.rotate()).warnings, []);
    assert.equal(world.state.renewal, undefined);
  });
}

Deno.test("no issuer is asked while the trust anchors cannot be read", async () => {
  const world = await rotatedWorld();
  world.write("/trust.pem", "no PEM");
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.equal(world.count("issuer"), 0);
  assert.match(describe(result.errors[0]).message, /\/trust\.pem: not PEM/);
});

Deno.test("a first pair without configured names is not requested", async () => {
  const world = new RotationWorld(await commonSigner());
  world.configuration = { ...configured, identity: { subject: undefined, names: undefined } };
  const result = await world.rotate();
  assert.equal(result.outcome, "failed");
  assert.equal(world.count("issuer"), 0);
  const told = describe(result.errors[0]);
  assert.equal(told.code, "identity-unknown");
  assert.match(told.hint ?? "", /subject = /);
  assert.equal((await world.rotate()).outcome, "waiting", "not an error at every hourly run");
});
