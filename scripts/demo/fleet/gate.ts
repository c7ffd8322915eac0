/**
 * The TLS server of the fleet: nginx on two ports. One refuses revoked devices by the CA's CRL, the other
 * asks the CA's OCSP responder.
 */
import { request } from "node:https";
import { type Fleet, type FleetDevice, freePorts } from "./fleet.ts";

/** What nginx answers a device: 200 with its name, or 403 with the reason. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** How nginx learns of revocations. */
export type By = "CRL" | "OCSP";

/** nginx, which accepts only devices of the fleet. */
export class Gate {
  readonly #ports: Readonly<Record<By, number>>;
  readonly #fleet: Fleet;
  readonly #home: string;
  #child: Deno.ChildProcess | undefined;

  /** @param fleet whose devices are accepted. */
  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#home = `${fleet.home}/nginx`;
    const [crl = 0, ocsp = 0] = freePorts(2);
    this.#ports = { CRL: crl, OCSP: ocsp };
  }

  /** Whether nginx is installed. */
  static isInstalled(): boolean {
    return new Deno.Command("sh", { args: ["-c", "command -v nginx"], stdout: "null" })
      .outputSync().success;
  }

  /** The command that the CA's server runs after each new CRL: it gives it to nginx. */
  get publish(): string[] {
    const script = 'cp "$CERTSWAP_CRL" "$0/crl.new" && mv "$0/crl.new" "$0/crl.pem" || exit 1; ' +
      'if [ -s "$0/nginx.pid" ]; then kill -HUP "$(cat "$0/nginx.pid")"; fi';
    return ["sh", "-c", script, this.#home];
  }

  /** Makes its directory. */
  async prepare(): Promise<void> {
    await Deno.mkdir(this.#home);
    await Deno.writeTextFile(`${this.#home}/nginx.conf`, this.#configuration());
  }

  /** Starts nginx and waits until it answers. */
  async start(): Promise<void> {
    const home = this.#home;
    this.#child = new Deno.Command("nginx", {
      args: ["-p", home, "-e", `${home}/error.log`, "-c", `${home}/nginx.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0; !(await this.#isListening()); tries++) {
      if (tries === 600) throw new Error(`nginx: ${Deno.readTextFileSync(`${home}/error.log`)}`);
      await pause();
    }
  }

  /** Stops nginx, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#child?.status;
  }

  /** What a device is answered with its active pair. */
  async ask(device: FleetDevice, by: By): Promise<Answer> {
    const options = {
      host: "127.0.0.1",
      port: this.#ports[by],
      servername: "localhost",
      ca: await Deno.readTextFile(this.#fleet.authority),
      cert: await Deno.readTextFile(device.certificate),
      key: await Deno.readTextFile(device.key),
      agent: false,
    };
    return await new Promise((resolve, reject) => {
      request(options, (response) => {
        let text = "";
        response.on("data", (part) => text += part);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: text.trim() }));
      }).on("error", reject).end();
    });
  }

  /** Asks until a device is refused: after a new CRL, nginx needs a moment. @returns its last answer. */
  async askUntilRefused(device: FleetDevice, by: By): Promise<Answer> {
    for (let tries = 0;; tries++) {
      const answer = await this.ask(device, by);
      if (answer.status !== 200 || tries === 1200) return answer;
      await pause();
    }
  }

  async #isListening(): Promise<boolean> {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: this.#ports.OCSP })).close();
      return true;
    } catch {
      return false;
    }
  }

  #configuration(): string {
    const { localhost, authority, ports } = this.#fleet;
    const server = (port: number, revocation: string): string => `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${localhost.certificate};
    ssl_certificate_key ${localhost.key};
    ssl_client_certificate ${authority};
    ssl_verify_client on;
    ${revocation}
    error_page 495 496 = /refused;
    location / { return 200 "$ssl_client_s_dn"; }
    location = /refused { return 403 "$ssl_client_verify"; }
  }`;
    return `daemon off;
pid nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  scgi_temp_path scgi;
  uwsgi_temp_path uwsgi;
${server(this.#ports.CRL, "ssl_crl crl.pem;")}
${
      server(
        this.#ports.OCSP,
        `ssl_ocsp leaf; ssl_ocsp_responder http://127.0.0.1:${ports.http}/ocsp;`,
      )
    }
}
`;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
