import { readCertificateFile } from "../../lib/x509/mod.ts";
import type { EstService } from "./est_service.ts";
import { type Behaviour, httpAnswer } from "./tls_server.ts";

/** Makes a TLS server answer as a service does. */
export function serving(service: () => EstService): Behaviour {
  return (socket, text) => {
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const [first = "", ...lines] = head.split("\r\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const raw = socket.getPeerCertificate()?.raw;
    const client = raw === undefined ? undefined : readCertificateFile(
      new TextEncoder().encode(
        `-----BEGIN CERTIFICATE-----\n${
          new Uint8Array(raw).toBase64()
        }\n-----END CERTIFICATE-----\n`,
      ),
    ).leaf;
    const body = new TextEncoder().encode(rest.join("\r\n\r\n"));
    service().handle({ method, path, headers, body, client }).then(({ status, ...answer }) => {
      socket.write(httpAnswer(status, answer));
    });
  };
}
