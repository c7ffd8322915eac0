/** Whole rotations of pairs that real services read: the probes decide. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { type Run, runCli } from "../../support/test_world.ts";
import { interopTest } from "../tools.ts";
import {
  atMostTls12,
  foreground,
  freePort,
  listening,
  realSystem,
  type Service,
} from "./services.ts";

/** The hook records each of its runs, and reloads the service if there is one. */
const certswapToml = `[pair.mqtt]
dir = "$ROOT/tls"
subject = "CN=localhost"
names = ["DNS:localhost"]
key_algorithm = "ecdsa-p256"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["sh", "-c", "echo >> $ROOT/told; kill -HUP $(cat $ROOT/pid) || true"] }
[[pair.mqtt.probe]]
url = "tls://127.0.0.1:$PORT"
deadline = "5s"
[[pair.mqtt.probe]]
command = ["sh", "$ROOT/look.sh"]
deadline = "5s"
`;

/** Checks the certificate with another program. */
const lookScript = `served=$(openssl s_client -connect 127.0.0.1:$PORT </dev/null 2>/dev/null |
  openssl x509 -noout -fingerprint -sha256 | tr -d : | tr A-F a-f) || exit 75
case $served in *"$CERTSWAP_FINGERPRINT") ;; *) exit 1 ;; esac
`;

const mosquittoConf = `listener $PORT 127.0.0.1
user root
allow_anonymous true
pid_file $ROOT/pid
cafile $ROOT/ca/ca.crt
certfile $ROOT/tls/cert.pem
keyfile $ROOT/tls/key.pem
require_certificate true
`;

interface Broker {
  /** Starts it, and waits until it listens. */
  start(): Promise<Service>;
  certswap(...words: string[]): Promise<Run>;
  /** How often the hook was run. */
  told(): number;
}

async function withBroker(
  change: (configuration: string) => string,
  work: (broker: Broker) => Promise<void>,
): Promise<void> {
  const port = `${freePort()}`;
  const texts = Object.fromEntries(
    Object.entries({
      "certswap.toml": change(certswapToml),
      "look.sh": lookScript,
      "mosquitto.conf": mosquittoConf,
      "openssl.cnf": atMostTls12,
      "told": "",
    }).map(([name, text]) => [name, text.replaceAll("$PORT", port)]),
  );
  await withConfiguration(texts, async ({ root, path }) => {
    const run = (...words: string[]): Promise<Run> => runCli(words, { system: realSystem });
    await run("ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab");
    await work({
      async start() {
        const mosquitto = foreground("mosquitto", ["-c", join(root, "mosquitto.conf")], {
          environment: { OPENSSL_CONF: join(root, "openssl.cnf") },
        });
        await listening(Number(port));
        return mosquitto;
      },
      certswap: (...words) => run(...words, "--config", path),
      told: () => Deno.readTextFileSync(join(root, "told")).split("\n").length - 1,
    });
  });
}

const tools = ["mosquitto", "openssl"];

interopTest(
  "a pair of mosquitto on TLS 1.2 with client certificates is renewed, and then left alone",
  {
    tools,
    run: () =>
      withBroker((text) => text, async ({ start, certswap, told }) => {
        const first = await certswap("rotate");
        assert.equal(first.exit, 5, "no service presents it yet");
        assert.match(first.stderr, /cannot reach 127\.0\.0\.1:\d+ within the deadline of 5s: /);
        const mosquitto = await start();
        try {
          const paid = await certswap("rotate");
          assert.equal(paid.exit, 0, paid.stderr);
          const checked = await certswap("config", "check", "--probe");
          assert.equal(checked.exit, 0, checked.stderr);
          const before = told();
          const renewed = await certswap("rotate", "--force");
          assert.equal(renewed.exit, 0, renewed.stderr);
          assert.equal(told(), before + 1);
          for (let run = 0; run < 4; run++) assert.equal((await certswap("rotate")).exit, 0);
          assert.equal(told(), before + 1, "nothing was due");
        } finally {
          await mosquitto.stop();
        }
      }),
  },
);

interopTest("a probe that cannot see keeps the new pair, names the option, and restarts nothing", {
  tools,
  run: () =>
    withBroker(
      (text) =>
        text.replace('deadline = "5s"', 'deadline = "1s"\nstarttls = "imap"')
          .replace(/\[\[pair\.mqtt\.probe\]\]\ncommand[^]*$/, ""),
      async ({ start, certswap, told }) => {
        await certswap("rotate");
        const mosquitto = await start();
        try {
          const checked = await certswap("config", "check", "--probe");
          assert.equal(checked.exit, 1);
          assert.match(checked.stdout, /Probe: .*: connected, but no TLS\n/);
          assert.match(checked.stderr, /'starttls'/);
          const renewed = await certswap("rotate", "--force");
          assert.equal(renewed.exit, 5, renewed.stderr);
          assert.match(renewed.stderr, /'starttls'/);
          const before = told();
          for (let run = 0; run < 3; run++) assert.equal((await certswap("rotate")).exit, 5);
          assert.equal(told(), before);
        } finally {
          await mosquitto.stop();
        }
      },
    ),
});
