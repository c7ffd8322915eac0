/** Mosquitto with TLS 1.2, which accepts only clients that have a certificate of their own. */
import assert from "node:assert/strict";
import { type ClientProbe, lookOnce } from "../../../lib/device/service/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import {
  at,
  atMostTls12,
  expectedAt,
  foreground,
  type Place,
  realSystem,
  type Service,
  serviceTest,
  sightsTest,
} from "./services.ts";

const purposes = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

function start(place: Place): Promise<Service> {
  const { port, paths } = place;
  const authority = place.file("ca.pem", place.authority);
  const configuration = place.file(
    "mosquitto.conf",
    `listener ${port} 127.0.0.1
user root
allow_anonymous true
cafile ${authority}
certfile ${paths.certificate}
keyfile ${paths.key}
require_certificate true
`,
  );
  const environment = { OPENSSL_CONF: place.file("openssl.cnf", atMostTls12) };
  return Promise.resolve(foreground("mosquitto", ["-c", configuration], { environment }));
}

const mosquitto = { tools: ["mosquitto"], start };

sightsTest("mosquitto with require_certificate on TLS 1.2", { ...mosquitto, pair: { purposes } });

serviceTest("the probe sees mosquitto's certificate without one of its own", {
  ...mosquitto,
  pair: { purposes: purposes.slice(0, 1) },
}, async ({ wait }) => {
  assert.equal((await wait()).saw, "expected");
});

serviceTest("a client probe sees whether mosquitto accepts a pair", {
  ...mosquitto,
  pair: { purposes },
}, async ({ place, wait, issue, activate }) => {
  assert.equal((await wait()).saw, "expected");
  const client = {
    ...at(place),
    kind: "client",
    trust: place.file("trust.pem", place.authority),
    deadline: 5000,
  } as const;
  const look = async (options: Partial<ClientProbe> = {}): Promise<string> => {
    const sight = await lookOnce(realSystem, { ...client, ...options }, await expectedAt(place));
    return `${sight.stage} ${sight.saw}`;
  };
  assert.equal(await look(), "certificate expected");
  activate(await issue());
  assert.equal(await look(), "certificate expected", "any pair of its CA");
  const stranger = await makeAuthority({ subject: "CN=Stranger" });
  const trust = place.file("other.pem", stranger.certificatePem);
  assert.match(await look({ trust }), / nothing$/, "it is not the server that was meant");
  activate(await stranger.issue({ purposes }));
  assert.equal(await look(), "certificate another");
});
