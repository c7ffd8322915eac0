/** The publish hook: what it is told, and that a failed one is run again. */
import assert from "node:assert/strict";
import { generateCrl, type Publication, publishCrl } from "../../../lib/ca/mod.ts";
import { CertswapError, type RunOptions, type RunResult } from "../../../lib/system/mod.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { type TestCa, testOnEachStore, withCa } from "../../support/ca.ts";

/** A hook, and what it was run with. */
interface Hook {
  readonly runs: RunOptions[];
  /** How it ends the next time. */
  end: RunResult["end"];
  /** What else happens while it runs. */
  during: () => Promise<unknown>;
  readonly publish: () => Promise<Publication>;
  readonly make: () => Promise<bigint>;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function hookOf({ dataDirectory, system }: TestCa): Hook {
  const plain = system();
  const options = { dataDirectory, lockTimeout: 0 };
  const hook: Hook = {
    runs: [],
    end: { kind: "exit", code: 0 },
    during: () => Promise.resolve(),
    publish: () =>
      publishCrl({
        ...plain,
        processes: {
          ...plain.processes,
          async run(run) {
            hook.runs.push(run);
            await hook.during();
            return { end: hook.end, output: encode("sent\n"), errorOutput: encode("no route\n") };
          },
        },
      }, { ...options, hook: { command: ["/usr/local/bin/put-crl", "$HOME"], timeLimit: 30_000 } }),
    make: async () => (await generateCrl(plain, options)).number,
  };
  return hook;
}

const failed = { kind: "exit", code: 7 } as const;

/** The text of the error for which a publication is owed. */
function textOf(publication: Publication): string {
  assert.ok(publication.is === "owed", publication.is);
  const { message, details = [], hint } = describe(publication.error);
  return [message, ...details, hint].join("\n");
}

/** What a publication of one CRL reports, if nothing went wrong afterwards. */
const published = (number: bigint): Publication => ({ is: "published", number, warnings: [] });

Deno.test("the publish hook gets the paths, number and times of the CRL, and no shell", async () => {
  await withCa(async (ca) => {
    const hook = hookOf(ca);
    assert.deepEqual(await hook.publish(), { is: "nothing-owed" }, "there is no CRL");
    ca.write("crlnumber", "ff\n");
    await hook.make();
    const { head } = JSON.parse(await ca.done(["history", "verify", "--json"]));
    assert.deepEqual(await hook.publish(), published(255n));
    const [run, ...others] = hook.runs;
    assert.ok(run !== undefined && others.length === 0);
    assert.deepEqual(run.command, ["/usr/local/bin/put-crl", "$HOME"]);
    assert.equal(run.timeLimit, 30_000);
    const { PATH, LC_ALL, HOME, ...own } = run.environment;
    assert.ok(PATH !== undefined && LC_ALL === "C" && HOME !== undefined);
    const directory = Deno.realPathSync(ca.dataDirectory);
    assert.deepEqual(own, {
      CERTSWAP_CRL: `${directory}/ca.crl`,
      CERTSWAP_CRL_DER: `${directory}/ca.crl.der`,
      CERTSWAP_CRL_NUMBER: "255",
      CERTSWAP_CRL_THIS_UPDATE: "2026-06-01T11:59:00Z",
      CERTSWAP_CRL_NEXT_UPDATE: "2026-06-08T12:00:00Z",
      CERTSWAP_HISTORY_HEAD: head,
      CERTSWAP_HISTORY_SEQUENCE: "2",
    });
    assert.equal(ca.read("crlpublished"), "ff\n");
  });
});

Deno.test("the publish hook is run once for each CRL, and again if it failed", async () => {
  await withCa(async (ca) => {
    const hook = hookOf(ca);
    await hook.make();
    await hook.publish();
    assert.deepEqual(await hook.publish(), { is: "nothing-owed" });
    assert.equal(hook.runs.length, 1);
    await hook.make();
    hook.end = failed;
    for (let run = 2; run < 4; run++) {
      assert.deepEqual(textOf(await hook.publish()).split("\n"), [
        "cannot publish CRL 2: the publish hook '/usr/local/bin/put-crl $HOME' failed with exit code 7",
        "no route",
        "sent",
        "The CRL was created. 'certswap ca crl --if-due' runs the hook again.",
      ]);
      assert.equal(hook.runs.length, run);
      assert.equal(ca.read("crlpublished"), "01\n");
    }
    ca.write("ca.toml", '[crl]\npublish = { command = ["/usr/local/bin/put-crl"] }\n');
    Deno.chmodSync(ca.path("ca.toml"), 0o644);
    const { stdout } = await ca.run(["check"]);
    assert.match(stdout, /^ {2}Note: CRL 2 is not published yet/m);
    hook.end = { kind: "exit", code: 0 };
    assert.deepEqual(await hook.publish(), published(2n));
    assert.equal(await ca.done(["check"]), "CA check: OK\n");
  });
});

testOnEachStore(
  "a publish hook that is too slow, cannot be started or is interrupted is owed",
  async (ca) => {
    const hook = hookOf(ca);
    await hook.make();
    hook.end = { kind: "time-limit" };
    assert.match(
      textOf(await hook.publish()),
      /within its time limit of 30s[^]*'time_limit' in ca\.toml/,
    );
    hook.end = { kind: "interrupted", signal: "SIGTERM" };
    assert.match(textOf(await hook.publish()), /certswap received SIGTERM/);
    const missing = await publishCrl(ca.system(), {
      dataDirectory: ca.dataDirectory,
      lockTimeout: 0,
      hook: { command: ["/nonexistent/put-crl"], timeLimit: 1000 },
    });
    assert.match(
      textOf(missing),
      /cannot start the publish hook \/nonexistent\/put-crl for CRL 1: no such/,
    );
  },
);

testOnEachStore("the publish hook is run again if a new CRL was made while it ran", async (ca) => {
  const hook = hookOf(ca);
  await hook.make();
  hook.during = async () => {
    hook.during = () => Promise.resolve();
    // The lock of the CA is free.
    await hook.make();
  };
  assert.deepEqual(await hook.publish(), published(2n));
  assert.deepEqual(
    hook.runs.map(({ environment }) => environment["CERTSWAP_CRL_NUMBER"]),
    ["1", "2"],
  );
});

testOnEachStore("two processes do not publish at the same time", async (ca) => {
  const [first, second] = [hookOf(ca), hookOf(ca)];
  await first.make();
  first.during = async () => {
    const publication = await second.publish();
    assert.ok(publication.is === "owed" && publication.error instanceof CertswapError);
    assert.equal(publication.error.code, "locked");
  };
  assert.deepEqual(await first.publish(), published(1n));
  assert.equal(second.runs.length, 0);
  assert.deepEqual(await second.publish(), { is: "nothing-owed" });
});

Deno.test("the publish hook is run if it is not known what was published", async () => {
  await withCa(async (ca) => {
    const hook = hookOf(ca);
    await hook.make();
    for (const text of ["", "junk\n", "09\n"]) {
      ca.write("crlpublished", text);
      assert.deepEqual(await hook.publish(), published(1n));
    }
  });
});
