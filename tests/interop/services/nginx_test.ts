/** nginx with an RSA and an ECDSA certificate on one port. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { foreground, type Place, type Service, serviceTest, sightsTest } from "./services.ts";

/** The probed pair is one of the two; the other has another type of key. */
function startBeside(other: "ec-p256" | "rsa-2048", protocols: string) {
  return async (place: Place): Promise<Service> => {
    const { root, port, paths } = place;
    const beside = await (await makeAuthority()).issue({ key: other });
    const configuration = place.file(
      "nginx.conf",
      `daemon off;
pid ${root}/nginx.pid;
error_log ${root}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${root}/body;
  proxy_temp_path ${root}/proxy;
  fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi;
  scgi_temp_path ${root}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols ${protocols};
    ssl_certificate ${paths.certificate};
    ssl_certificate_key ${paths.key};
    ssl_certificate ${place.file("other.pem", beside.chainPem)};
    ssl_certificate_key ${place.file("other.key", beside.keyPem, 0o600)};
    return 204;
  }
}
`,
    );
    return foreground("nginx", ["-c", configuration], { stop: "SIGTERM" });
  };
}

for (const protocols of ["TLSv1.2", "TLSv1.2 TLSv1.3"]) {
  for (const [key, other] of [["rsa-2048", "ec-p256"], ["ec-p256", "rsa-2048"]] as const) {
    const nginx = {
      tools: ["nginx"],
      start: startBeside(other, protocols),
      pair: { key },
    };
    sightsTest(`nginx with a pair for ${key} and another for ${other} (${protocols})`, nginx);
    const keyType = key === "rsa-2048" ? "rsa" : "ecdsa";
    sightsTest(`nginx likewise, with key_type = "${keyType}" (${key}, ${protocols})`, {
      ...nginx,
      probe: { keyType },
    });
  }
}

serviceTest(
  "nginx with two certificates on TLS 1.3 alone: the pair is seen, or nothing is said of it",
  {
    tools: ["nginx"],
    start: startBeside("ec-p256", "TLSv1.3"),
    pair: { key: "rsa-2048" },
  },
  async ({ wait }) => {
    const { saw, error } = await wait({ deadline: 3000 });
    assert.notEqual(saw, "another");
    if (saw === "nothing") assert.match(describe(error).hint ?? "", /command probe/);
  },
);
