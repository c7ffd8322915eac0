/** The alert rules: each fires in time, for its problem only. */
import assert from "node:assert/strict";
import {
  commonSigner,
  day,
  emptyDevice,
  ended,
  RotationWorld,
  signs,
} from "../support/rotation_world.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import type { Signer } from "../support/signer.ts";
import { runCli } from "../support/test_world.ts";
import { type Expected, judgeAlerts, rulesPath, type Scrape } from "./promtool.ts";
import { interopTest, tool } from "./tools.ts";

const hour = 60 * 60 * 1000;

interopTest("promtool accepts the alert rules, and their own tests pass", {
  tools: ["promtool"],
  run: async () => {
    await tool("promtool", "check", "rules", rulesPath);
    await tool("promtool", "test", "rules", rulesPath.replace(".yml", ".test.yml"));
  },
});

/** Operations that a read-only file system refuses. */
const writes: ReadonlySet<string> = new Set(
  ["create", "write", "chown", "chmod", "mkdir", "rmdir", "rename", "link", "unlink"],
);

/** The pair's file system is read-only. The metrics are on another one. */
function isReadOnly(operation: string, path: string): string | undefined {
  // A lock is opened for writing.
  const isRefused = writes.has(operation) || (operation === "open" && path.endsWith(".lock"));
  return isRefused && path.startsWith("/tls") ? "EROFS" : undefined;
}

const metricsPath = "/metrics/certswap.prom";

const configuration = `metrics = "${metricsPath}"
[pair.web]
dir = "/tls"
subject = "CN=device.example"
names = ["DNS:device.example"]
trust = "/trust.pem"
issuer = { kind = "command", command = ["/bin/issuer"] }
hook = { command = ["/bin/hook"] }
`;

/** A device whose metrics are scraped, and which a scenario changes. */
class ScrapedDevice {
  readonly world: RotationWorld;
  readonly scrapes: Scrape[] = [];
  /** With which error an operation on the disk fails. */
  refuse: (operation: string, path: string) => string | undefined = () => undefined;
  /** Milliseconds between two scrapes, and between two runs of `rotate`. */
  interval = hour / 4;
  pace = hour;
  runs = true;

  constructor(signer: Signer) {
    const files = new SimulatedFileSystem(emptyDevice(signer), {
      fate: ({ operation, path }) => {
        const errno = this.refuse(operation, path);
        return errno === undefined ? "run" : { errno };
      },
    });
    this.world = new RotationWorld(signer, files);
    this.world.write("/etc/certswap/certswap.toml", configuration);
    this.world.write("/metrics/other.prom", "");
  }

  async certswap(...words: readonly string[]): Promise<number> {
    return (await runCli(words, { system: this.world.system })).exit;
  }

  /** Advances the clock, with runs and scrapes. */
  async pass(milliseconds: number): Promise<void> {
    for (let gone = 0; gone < milliseconds; gone += this.interval) {
      if (this.runs && gone % this.pace === 0) await this.certswap("rotate");
      this.scrapes.push({ at: this.world.now, text: this.world.read(metricsPath) });
      this.world.pass(this.interval);
    }
  }

  /** Advances until the pair is due. Alerts before that are ignored. */
  async passUntilDue(): Promise<void> {
    await this.pass(this.interval);
    const due = /^certswap_renewal_timestamp_seconds\{pair="web"\} (.*)$/m
      .exec(this.scrapes.at(-1)?.text ?? "")?.[1];
    assert(due !== undefined);
    const rest = Number(due) * 1000 - this.world.now.getTime();
    this.world.pass(Math.max(0, rest));
    this.scrapes.length = 0;
  }
}

/** The issuer, from now on. */
function dies({ world }: ScrapedDevice): void {
  world.issuer = () => ended(1, { errorOutput: "connection refused" });
}

/** What happens to a device, and the alerts that report it. */
interface Scenario extends Expected {
  readonly what: string;
  readonly happens: (device: ScrapedDevice) => Promise<void>;
}

const scenarios: readonly Scenario[] = [
  {
    what: "a healthy certificate of seven days, renewed twice",
    happens: async (device) => {
      device.world.life = 7 * day;
      device.interval = hour;
      await device.pass(11 * day);
      assert.equal(device.world.count("issuer"), 3);
    },
    firing: [],
    ever: [],
  },
  {
    what: "a healthy certificate of an hour, renewed every 40 minutes",
    happens: async (device) => {
      device.world.life = hour;
      device.interval = device.pace = hour / 12;
      await device.pass(4 * hour);
      assert(device.world.count("issuer") > 4);
    },
    firing: [],
    ever: [],
  },
  {
    what: "an issuer that was dead for six hours",
    happens: async (device) => {
      await device.passUntilDue();
      dies(device);
      await device.pass(6 * hour);
      device.world.issuer = signs;
      await device.pass(day);
    },
    firing: [],
    ever: [],
  },
  {
    what: "an issuer that has been dead for two days, with a certificate of 90 days",
    happens: async (device) => {
      await device.passUntilDue();
      dies(device);
      await device.pass(2 * day);
    },
    firing: ["CertswapFailing"],
  },
  {
    what: "an issuer that has been dead for two days, with a certificate of seven days",
    happens: async (device) => {
      device.world.life = 7 * day;
      await device.passUntilDue();
      dies(device);
      await device.pass(2 * day);
    },
    firing: ["CertswapCertificateExpires", "CertswapFailing", "CertswapRenewalLate"],
  },
  {
    what: "an issuer that is dead until the certificate has expired",
    happens: async (device) => {
      device.world.life = 3 * day;
      await device.passUntilDue();
      dies(device);
      await device.pass(day + hour);
    },
    firing: [
      "CertswapCertificateExpires",
      "CertswapCertificateUnusable",
      "CertswapFailing",
      "CertswapRenewalLate",
    ],
  },
  {
    what: "a hook that has failed for four hours",
    happens: async (device) => {
      await device.passUntilDue();
      device.world.hook = () => ended(1);
      await device.pass(4 * hour);
    },
    firing: ["CertswapServicePending"],
  },
  {
    what: "a rotate that has not run for a day",
    happens: async (device) => {
      await device.pass(hour);
      device.runs = false;
      await device.pass(day);
    },
    firing: ["CertswapNotRunning"],
    ever: ["CertswapNotRunning"],
  },
  {
    what: "a rotate that has not run for a day, while something else runs status --metrics",
    happens: async (device) => {
      await device.pass(hour);
      device.runs = false;
      for (let hours = 0; hours < 24; hours++) {
        await device.certswap("status", "--metrics", metricsPath);
        await device.pass(hour);
      }
    },
    firing: ["CertswapNotRunning"],
  },
  {
    what: "metrics that are gone",
    happens: async (device) => {
      await device.pass(hour);
      device.runs = false;
      device.world.files.unlink(metricsPath);
      await device.pass(3 * hour);
    },
    firing: ["CertswapMetricsGone"],
  },
  {
    what: "a CA of the device's own with a CRL that has expired",
    happens: async (device) => {
      const { world } = device;
      const own = configuration.replace(/^(trust|issuer|hook) .*\n/gm, "");
      const issuer = 'issuer = { kind = "local", data_dir = "/ca", validity = "90d" }\n';
      world.write("/etc/certswap/certswap.toml", own + issuer);
      const data = ["--data-dir", "/ca"];
      assert.equal(await device.certswap("ca", "init", "--subject", "CN=Lab", ...data), 0);
      assert.equal(await device.certswap("ca", "crl", "--next-update", "24", ...data), 0);
      await device.pass(25 * hour);
    },
    firing: ["CertswapCrlExpired", "CertswapCrlExpires"],
  },
  {
    what: "a pair that cannot be read",
    happens: async (device) => {
      await device.passUntilDue();
      device.refuse = (operation, path) =>
        operation === "open" && path === "/tls/cert.pem" ? "EACCES" : undefined;
      await device.pass(5 * hour);
    },
    firing: ["CertswapCertificateUnusable", "CertswapRunFails"],
  },
  {
    what: "a pair on a disk that has become read-only",
    happens: async (device) => {
      await device.pass(hour);
      device.refuse = isReadOnly;
      await device.pass(hour / 2);
    },
    firing: ["CertswapStateLost"],
  },
  {
    what: "a pair that is due, on a disk that has become read-only",
    happens: async (device) => {
      await device.passUntilDue();
      device.refuse = isReadOnly;
      await device.pass(hour / 2);
    },
    firing: ["CertswapStateLost"],
  },
];

for (const { what, happens, ...expected } of scenarios) {
  const alerts = expected.firing.length === 0 ? "no alert" : expected.firing.join(", ");
  interopTest(`the alert rules, by what rotate has measured: ${what}: ${alerts}`, {
    tools: ["promtool"],
    run: async () => {
      const device = new ScrapedDevice(await commonSigner());
      await happens(device);
      await judgeAlerts(device.scrapes, expected);
    },
  });
}
