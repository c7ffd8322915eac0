/** HAProxy, which reads certificate and key from one file. */
import { foreground, type Place, type Service, sightsTest } from "./services.ts";

function start(place: Place): Promise<Service> {
  const { port, paths } = place;
  const configuration = place.file(
    "haproxy.cfg",
    `global
  stats socket ${place.root}/admin.sock
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${paths.combined}
  tcp-request content reject
`,
  );
  // A master process, which starts a new worker on a signal, and ends together with it.
  return Promise.resolve(foreground("haproxy", ["-W", "-f", configuration], { reload: "SIGUSR2" }));
}

sightsTest("HAProxy", { tools: ["haproxy"], start });
