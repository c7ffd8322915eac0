import { permissionFlags } from "./permission_flags.ts";
import { compiledAheadFlags, runtimeFlags } from "./runtime_flags.ts";

/** What the launcher has to know of the file that it begins. */
export interface LauncherFacts {
  /** `TIME-HASH`, under which it is unpacked; the time as `20260601T120000Z`. */
  readonly time: string;
  /** The installer, compressed. */
  readonly installer: Uint8Array;
  /** The Deno runtime, compressed. */
  readonly runtime: Uint8Array;
  /** The bytes of all files that are unpacked and kept. */
  readonly unpackedSize: number;
}

/**
 * Variables that change what the runtime does, writes or trusts. It would read them before any line of ours
 * runs, and permissions do not concern it. The names are those of `deno --help`, of its Node layer, and of
 * OpenTelemetry.
 */
export const scrubbedVariables: readonly string[] = [
  "DENO_AUDIT_PERMISSIONS",
  "DENO_AUTH_TOKENS",
  "DENO_AUTO_SERVE",
  "DENO_CACHE_DB_MODE",
  "DENO_CERT",
  "DENO_COMPAT",
  "DENO_CONDITIONS",
  "DENO_COVERAGE_DIR",
  "DENO_EMIT_CACHE_MODE",
  "DENO_INSTALL_ROOT",
  "DENO_INTERNAL_CHILD_ENTRYPOINT",
  "DENO_JOBS",
  "DENO_KV_ACCESS_TOKEN",
  "DENO_KV_DB_MODE",
  "DENO_KV_DEFAULT_PATH",
  "DENO_KV_PATH_PREFIX",
  "DENO_KV_REQUIRES_DISTRIBUTED_DATABASE",
  "DENO_LOG",
  "DENO_NODE_USE_OPENSSL_CA",
  "DENO_NO_PACKAGE_JSON",
  "DENO_NO_PROMPT",
  "DENO_PATCH_REACT_CVE",
  "DENO_SERVE_ADDRESS",
  "DENO_SERVE_AUTOMATIC_COMPRESSION",
  "DENO_TLS_CA_STORE",
  "DENO_TRACE_PERMISSIONS",
  "DENO_TRUST_PROXY_HEADERS",
  "DENO_TSC_BIN",
  "DENO_UNSTABLE_OTEL_DETERMINISTIC",
  "DENO_USE_CGROUPS",
  "DENO_USR2_MEMORY_TRIM",
  "DENO_V8_FLAGS",
  "NODE_CHANNEL_FD",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_UNIQUE_ID",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "NPM_CONFIG_REGISTRY",
  "OTEL_DENO",
  "OTEL_DENO_CONSOLE",
  "OTEL_DENO_METRICS",
  "OTEL_DENO_TRACING",
  "RUST_LOG",
  "SSLKEYLOGFILE",
];

/** Puts the self-contained executable together: launcher, installer, runtime. */
export async function assembleExecutable(facts: LauncherFacts): Promise<Uint8Array> {
  const { time, installer, runtime, unpackedSize } = facts;
  const template = await Deno.readTextFile(new URL("launcher.sh", import.meta.url));
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

  // Where the parts begin depends on how many digits these numbers take: tried until nothing moves any more.
  let values = {
    size: 0,
    skip: 0,
    sum: "0".repeat(64),
    name: `${time}-${"0".repeat(16)}`,
    installerAt: 0,
    runtimeAt: 0,
  };
  const render = (): string =>
    fill(template, {
      SIZE: `${values.size}`,
      SKIP: `${values.skip}`,
      SUM: values.sum,
      NAME: values.name,
      INSTALLER_AT: `${values.installerAt}`,
      INSTALLER_LENGTH: `${installer.length}`,
      RUNTIME_AT: `${values.runtimeAt}`,
      UNPACKED: `${unpackedSize}`,
      UNSET: scrubbedVariables.join(" "),
      SHUT_IN: runtimeFlags.join(" "),
      COMPILED_AHEAD: compiledAheadFlags.join(" "),
      PERMISSIONS: permissionFlags().join(" "),
    });
  for (let before = ""; before !== render();) {
    before = render();
    const length = encode(before).length;
    values = {
      ...values,
      size: length + installer.length + runtime.length,
      skip: encode(before.split("\n", 3).join("\n")).length + 2,
      installerAt: length + 1,
      runtimeAt: length + installer.length + 1,
    };
  }

  const checked = concatenate([encode(render()), installer, runtime]).subarray(values.skip - 1);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", checked)).toHex();
  values = { ...values, sum, name: `${time}-${sum.slice(0, 16)}` };
  return concatenate([encode(render()), installer, runtime]);
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`launcher.sh asks for @${name}@`);
    return value;
  });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
