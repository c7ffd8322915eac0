/** The settings of a CA without `ca.toml`: the built-in profiles and defaults. */
import { day, minute } from "../../system/mod.ts";
import { parsePurpose } from "../../x509/mod.ts";
import { standardEst, standardServe } from "./serve/mod.ts";
import type { CaSettings, Profile } from "./settings.ts";

const leaf = {
  validity: 365 * day,
  maxValidity: undefined,
  backdate: minute,
  keyUsage: undefined,
  keyKinds: undefined,
  names: undefined,
  subject: undefined,
  ca: undefined,
  lines: {},
} as const;

/** The built-in profiles. */
function builtInProfiles(): readonly Profile[] {
  const purposes = (...names: readonly string[]): readonly string[] =>
    names.map((name) => parsePurpose(name) ?? name);
  return [
    // Without extendedKeyUsage, OpenVPN (remote-cert-tls) and Apple's systems refuse a TLS server.
    { ...leaf, name: "device", extendedKeyUsage: purposes("serverAuth", "clientAuth") },
    { ...leaf, name: "server", extendedKeyUsage: purposes("serverAuth") },
    { ...leaf, name: "client", extendedKeyUsage: purposes("clientAuth") },
    {
      ...leaf,
      name: "intermediate",
      validity: 1825 * day,
      extendedKeyUsage: [],
      ca: { pathLength: 0, nameConstraints: undefined },
    },
  ];
}

/** The settings of a CA without `ca.toml`. @param serial as its kind of store has it. */
export function standardSettings(serial: CaSettings["serial"] = "sequential"): CaSettings {
  return {
    file: undefined,
    serial,
    duplicates: "warn",
    defaults: {
      profile: "device",
      validity: undefined,
      keyKind: undefined,
      reason: undefined,
      lockTimeout: undefined,
    },
    addresses: { crl: [], ocsp: [], issuer: [] },
    crl: { nextUpdate: undefined, keepExpired: false, shards: 1, publish: undefined },
    ocsp: { nextUpdate: day },
    serve: standardServe,
    postgres: undefined,
    est: standardEst,
    manufacturers: [],
    profiles: new Map(builtInProfiles().map((profile) => [profile.name, profile])),
  };
}
