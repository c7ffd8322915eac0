import assert from "node:assert/strict";
import type { Configuration, PairConfiguration } from "../../../lib/device/configuration/mod.ts";
import { type Installation, UnwritablePathError } from "../../../lib/device/installation/mod.ts";
import { systemdUnits, unitNames } from "../../../lib/device/installation/systemd_units.ts";

const pair: PairConfiguration = {
  name: "web",
  paths: { certificate: "/etc/tls/cert.pem", key: "/etc/tls/key.pem" },
  trust: undefined,
  identity: { subject: undefined, names: undefined },
  allowCa: false,
  purposes: undefined,
  keyAlgorithm: "ecdsa-p256",
  keyPolicy: "new",
  renewBefore: { kind: "share", share: 0.33 },
  keepPrevious: 0,
  issuer: undefined,
  hooks: [],
  probes: [],
  services: ["nginx.service"],
};

function units(
  pairs: readonly Partial<PairConfiguration>[],
  other: Partial<Installation> & { readonly failureUnit?: string } = {},
): ReturnType<typeof unitNames> {
  const configuration: Configuration = {
    files: ["/etc/certswap/certswap.toml"],
    pairs: pairs.map((changes) => ({ ...pair, ...changes })),
    metrics: undefined,
  };
  const { failureUnit, ...changes } = other;
  const installation = {
    user: undefined,
    program: "/usr/local/bin/certswap",
    configurationPath: "/etc/certswap/certswap.toml",
    configuration,
    writes: ["/etc/tls"],
    ...changes,
  };
  const files = systemdUnits(installation, { failureUnit });
  const names = unitNames(installation);
  const text = (name: string): string => files.find((file) => file.name === name)?.text ?? "";
  return {
    timer: text(names.timer),
    rotate: text(names.rotate),
    recover: text(names.recover),
  };
}

/** The values of a key, in order. */
function values(unit: string, key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value]) => value ?? "");
}

Deno.test("systemdUnits() starts recovery before every service, but no service requires it", () => {
  const { recover } = units([
    {},
    { services: ["haproxy.service", "nginx.service"] },
    { services: [] },
  ]);
  assert.deepEqual(values(recover, "Before"), ["nginx.service haproxy.service"]);
  assert.deepEqual(values(recover, "WantedBy"), ["nginx.service haproxy.service"]);
  assert.deepEqual(values(recover, "RequiresMountsFor"), ["/etc/certswap/certswap.toml /etc/tls"]);
  for (
    const stronger of ["RequiredBy", "Requires", "Requisite", "BindsTo", "PartOf", "OnFailure"]
  ) {
    assert.deepEqual(values(recover, stronger), [], stronger);
  }
});

Deno.test("systemdUnits() prevents a hanging recovery from blocking a service", () => {
  const { recover } = units([{}]);
  assert.deepEqual(values(recover, "Type"), ["oneshot"]);
  assert.deepEqual(values(recover, "TimeoutStartSec"), ["60s"], "a oneshot has no default timeout");
  assert.deepEqual(values(recover, "StartLimitIntervalSec"), ["0"]);
});

Deno.test("systemdUnits() runs recovery at boot if no service is configured", () => {
  const { recover } = units([{ services: [] }]);
  assert.deepEqual(values(recover, "Before"), []);
  assert.deepEqual(values(recover, "WantedBy"), ["multi-user.target"]);
});

Deno.test("systemdUnits() lets a rotation write only to the configured directories", () => {
  const { rotate, recover } = units([{}], { writes: ["/etc/tls", "/var/lib/my ca", "/srv/100%"] });
  for (const unit of [rotate, recover]) {
    assert.deepEqual(values(unit, "ProtectSystem"), ["strict"]);
    assert.deepEqual(values(unit, "NoNewPrivileges"), ["yes"]);
    assert.deepEqual(values(unit, "ReadWritePaths"), ['-/etc/tls "-/var/lib/my ca" -/srv/100%%']);
    assert.deepEqual(values(unit, "PrivateTmp"), ["yes"]);
    assert.deepEqual(values(unit, "MemoryDenyWriteExecute"), [], "the runtime compiles code");
  }
  assert.deepEqual(values(recover, "PrivateNetwork"), ["yes"]);
  assert.deepEqual(values(rotate, "PrivateNetwork"), []);
});

Deno.test("systemdUnits() gives a rotation the shared /tmp if it has files there", () => {
  for (
    const [path, isShared] of [["/tmp", true], ["/tmp/x", true], ["/var/tmp/x", true], [
      "/tmpx",
      false,
    ], ["/srv/tmp", false]] as const
  ) {
    const { rotate } = units([{}], { writes: [path] });
    assert.deepEqual(values(rotate, "PrivateTmp"), isShared ? [] : ["yes"], path);
  }
});

Deno.test("systemdUnits() gives a rotation as much time as its steps may take", () => {
  const limit = (pairs: readonly Partial<PairConfiguration>[]): string[] =>
    values(units(pairs).rotate, "TimeoutStartSec");
  assert.deepEqual(limit([{}]), ["120s"]);
  const slow: Partial<PairConfiguration> = {
    issuer: { kind: "command", command: ["x"], timeLimit: 600_000 },
    hooks: [{ name: undefined, command: ["x"], timeLimit: 30_000 }],
    probes: [500, 700].map((deadline) => ({ kind: "command", command: ["x"], deadline })),
  };
  assert.deepEqual(limit([slow, slow]), [`${Math.ceil(60 + 2 * (60 + 600 + 2 * 31.2))}s`]);
});

Deno.test("systemdUnits() refuses a program that systemd could not start", () => {
  for (const program of ['/opt/"x"/certswap', "/opt/it's/certswap", "/opt/\\/certswap"]) {
    assert.throws(() => units([{}], { program }), UnwritablePathError);
  }
});

Deno.test("systemdUnits() spreads a fleet over the hour, and catches up on missed runs", () => {
  const { timer } = units([{}]);
  assert.deepEqual(values(timer, "OnCalendar"), ["hourly"]);
  assert.deepEqual(values(timer, "RandomizedDelaySec"), ["1h"]);
  assert.deepEqual(values(timer, "FixedRandomDelay"), ["true"]);
  assert.deepEqual(values(timer, "Persistent"), ["true"]);
});

Deno.test("systemdUnits() runs certswap as the user, with separate unit names and cache", () => {
  const user = "postgres";
  assert.deepEqual(unitNames({ user }), {
    timer: "certswap-rotate-postgres.timer",
    rotate: "certswap-rotate-postgres.service",
    recover: "certswap-recover-postgres.service",
  });
  const { timer, rotate, recover } = units([{}], { user });
  for (const unit of [rotate, recover]) {
    assert.deepEqual(values(unit, "User"), ["postgres"]);
    // systemd gives the cache directory to the user, so root must not share it.
    assert.deepEqual(values(unit, "CacheDirectory"), ["certswap-postgres"]);
    assert.deepEqual(values(unit, "Environment"), ["CERTSWAP_CACHE=%C/certswap-postgres"]);
  }
  assert.deepEqual(values(timer, "OnCalendar"), ["hourly"]);
  assert.match(rotate, /^After=.* certswap-recover-postgres\.service$/m);
  for (const unit of [timer, rotate, recover]) {
    assert.doesNotMatch(unit, /certswap-(?:rotate|recover)\.(?:timer|service)/);
  }
  const ofRoot = units([{}]);
  for (const unit of [ofRoot.rotate, ofRoot.recover]) {
    assert.deepEqual(values(unit, "User"), []);
    assert.deepEqual(values(unit, "CacheDirectory"), ["certswap"]);
  }
});

Deno.test("systemdUnits() requires the mounts of each pair before a run, each of them once", () => {
  const paths = { ...pair.paths, key: "/keys/key.pem", requiresMount: ["/keys"] };
  const { rotate, recover } = units([{ paths }, { paths }, {}], { writes: ["/etc/tls", "/keys"] });
  const configuration = "/etc/certswap/certswap.toml";
  assert.deepEqual(values(rotate, "RequiresMountsFor"), [`${configuration} /keys`]);
  assert.deepEqual(values(recover, "RequiresMountsFor"), [`${configuration} /etc/tls /keys`]);
});

Deno.test("systemdUnits() starts the given unit if rotation or recovery fails", () => {
  const failureUnit = "certswap-failure@%n.service";
  const { rotate, recover, timer } = units([{}], { failureUnit });
  for (const unit of [rotate, recover]) {
    assert.deepEqual(values(unit, "OnFailure"), [failureUnit]);
    const [section = ""] = unit.split("[Service]");
    assert.match(section, /\nOnFailure=/, "it belongs in [Unit]");
  }
  assert.deepEqual(values(timer, "OnFailure"), []);
  assert.deepEqual(values(units([{}]).rotate, "OnFailure"), []);
});

Deno.test("systemdUnits() passes the priority of each line to the journal", () => {
  const { rotate, recover } = units([{}]);
  assert.match(values(rotate, "ExecStart").join(), / rotate .* --log journal$/);
  assert.deepEqual(values(recover, "SyslogLevel"), ["notice"]);
  for (const unit of [rotate, recover]) {
    assert.deepEqual(values(unit, "SyslogLevelPrefix"), [], "the default is on: systemd.exec(5)");
  }
});
