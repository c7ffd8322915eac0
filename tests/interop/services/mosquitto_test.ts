/** Mosquitto on TLS 1.2, which shows its certificate only to clients with a certificate of their own. */
import assert from "node:assert/strict";
import { foreground, type Place, type Service, serviceTest, sightsTest } from "./services.ts";

const purposes = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

const openSslConf = `openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MaxProtocol = TLSv1.2
`;

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
  const environment = { OPENSSL_CONF: place.file("openssl.cnf", openSslConf) };
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
