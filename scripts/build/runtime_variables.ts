/** The build's check of the environment variables that the Deno runtime knows. */
import { passedVariables } from "../../lib/system/mod.ts";

/**
 * Variables that change what the runtime does, writes, sends or trusts. It reads them before any line of
 * ours runs, and permissions do not stop it. The launcher keeps them away, as it does every variable
 * that is not in {@linkcode passedVariables}. The compiled kind cannot: docs/explanation/executable.md
 * lists them.
 */
export const influentialVariables: readonly string[] = [
  "DENO_AUDIT_PERMISSIONS",
  "DENO_AUTH_TOKENS",
  "DENO_AUTO_SERVE",
  "DENO_CACHE_DB_MODE",
  "DENO_CACHE_LSC_ENDPOINT",
  "DENO_CERT",
  "DENO_COMPAT",
  "DENO_CONDITIONS",
  "DENO_CONNECTED",
  "DENO_COVERAGE_DIR",
  "DENO_DEPLOY_APP",
  "DENO_DEPLOY_CLI_SANDBOX",
  "DENO_DEPLOY_CLI_SPECIFIER",
  "DENO_DEPLOY_ORG",
  "DENO_DEPLOY_TOKEN",
  "DENO_DEPLOY_TUNNEL_ENDPOINT",
  "DENO_DESKTOP_DEV_URL",
  "DENO_DESKTOP_FRAMEWORK_DEV",
  "DENO_DESKTOP_HMR",
  "DENO_DESKTOP_INSPECT_BRK",
  "DENO_DESKTOP_INSPECT_INTERNAL_PORT",
  "DENO_DESKTOP_INSPECT_WAIT",
  "DENO_DESKTOP_MUX_WS",
  "DENO_DIR",
  "DENO_DISABLE_NODE_SHIM",
  "DENO_DISABLE_OFFSCREEN_CANVAS",
  "DENO_DONT_USE_INTERNAL_BASE_UPGRADE_URL",
  "DENO_DONT_USE_INTERNAL_NODE_COMPAT_STATE_FD",
  "DENO_EMIT_CACHE_MODE",
  "DENO_EXTRA_STDIO_FDS",
  "DENO_FETCH_TOKEN",
  "DENO_INSTALL_ROOT",
  "DENO_INTERNAL_CHILD_ENTRYPOINT",
  "DENO_INTERNAL_IS_LIFECYCLE_SCRIPT",
  "DENO_INTERNAL_NODE_TEST_FORCE_SHARED_OPENSSL",
  "DENO_INTERNAL_NPM_CMD_NAME",
  "DENO_INTERNAL_TASK_USE_PKG_JSON",
  "DENO_JOBS",
  "DENO_KV_ACCESS_TOKEN",
  "DENO_KV_DB_MODE",
  "DENO_KV_DEFAULT_PATH",
  "DENO_KV_PATH_PREFIX",
  "DENO_KV_REQUIRES_DISTRIBUTED_DATABASE",
  "DENO_LOG",
  "DENO_LOG_LAZY_LOAD",
  "DENO_LOG_STYLE",
  "DENO_NODE_SHIM_ACTIVE",
  "DENO_NODE_TRACE_EVENT_CATEGORIES",
  "DENO_NODE_USE_OPENSSL_CA",
  "DENO_NO_FILTER_FRAMES",
  "DENO_NO_PACKAGE_JSON",
  "DENO_NO_PROMPT",
  "DENO_NO_UPDATE_CHECK",
  "DENO_PATCH_REACT_CVE",
  "DENO_PERMISSION_BROKER_PATH",
  "DENO_SERVE_ADDRESS",
  "DENO_SERVE_AUTOMATIC_COMPRESSION",
  "DENO_STARTUP_PHASES",
  "DENO_TLS_CA_STORE",
  "DENO_TOKIO_EVENT_INTERVAL",
  "DENO_TOKIO_GLOBAL_QUEUE_INTERVAL",
  "DENO_TOKIO_MAX_IO_EVENTS_PER_TICK",
  "DENO_TOKIO_METRICS",
  "DENO_TOKIO_METRICS_INTERVAL",
  "DENO_TRACE_PERMISSIONS",
  "DENO_TRUST_PROXY_HEADERS",
  "DENO_TSC_BIN",
  "DENO_TSC_DEBUG",
  "DENO_UNSTABLE_CONTROL_SOCK",
  "DENO_UNSTABLE_CRON_SOCK",
  "DENO_UNSTABLE_FFI_TRACE_TURBO",
  "DENO_UNSTABLE_LAZY_DYNAMIC_IMPORTS",
  "DENO_UNSTABLE_NPM_LAZY_CACHING",
  "DENO_UNSTABLE_OTEL_DETERMINISTIC",
  "DENO_UNSTABLE_RAW_IMPORTS",
  "DENO_UNSTABLE_SLOPPY_IMPORTS",
  "DENO_UNSTABLE_TSGO",
  "DENO_USE_CGROUPS",
  "DENO_USE_WRITEV",
  "DENO_USR2_MEMORY_TRIM",
  "DENO_V8_FLAGS",
  "DENO_WEBGPU_BACKEND",
  "DENO_WEBGPU_DX12_COMPILER",
  "DENO_WEBGPU_TRACE",
  "FORCE_COLOR",
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_CLUSTER_SCHED_POLICY",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_DISABLE_COLORS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_PENDING_PIPE_INSTANCES",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_UNIQUE_ID",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "NPM_CONFIG_REGISTRY",
  "OTEL_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_BLRP_EXPORT_TIMEOUT",
  "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_BLRP_MAX_QUEUE_SIZE",
  "OTEL_BLRP_SCHEDULE_DELAY",
  "OTEL_BSP_EXPORT_TIMEOUT",
  "OTEL_BSP_MAX_CONCURRENT_EXPORTS",
  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_BSP_SCHEDULE_DELAY",
  "OTEL_DENO",
  "OTEL_DENO_CONSOLE",
  "OTEL_DENO_METRICS",
  "OTEL_DENO_TRACING",
  "OTEL_DENO_VSOCK",
  "OTEL_EXPORTER_OTLP_CERTIFICATE",
  "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
  "OTEL_EXPORTER_OTLP_CLIENT_KEY",
  "OTEL_EXPORTER_OTLP_COMPRESSION",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_INSECURE",
  "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
  "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
  "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
  "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
  "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
  "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
  "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
  "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
  "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
  "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
  "OTEL_EXPORTER_OTLP_TIMEOUT",
  "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
  "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "OTEL_PROPAGATORS",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SDK_DISABLED",
  "OTEL_SERVICE_NAME",
  "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_EVENT_COUNT_LIMIT",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "RUST_BACKTRACE",
  "RUST_LIB_BACKTRACE",
  "RUST_LOG",
  "RUST_LOG_STYLE",
  "RUST_MIN_STACK",
  "SSLKEYLOGFILE",
];

/**
 * Strings in the runtime that look like such a variable, but do not matter: names of constants and messages,
 * and variables of subcommands that certswap does not use (`lsp`, `test`, `repl`, `upgrade`, `doc`, the tests
 * of Deno).
 */
const harmlessNames: readonly string[] = [
  "DENO_BUNDLE_HACK",
  "DENO_CRON_TEST_SCHEDULE_OFFSET",
  "DENO_DISABLE_VERBATIM_MODULE_SYNTAX",
  "DENO_DOC_SEARCH_INDEX",
  "DENO_INSTALL_ARCH",
  "DENO_INTERNAL_DIAGNOSTIC_BATCH_NOTIFICATIONS",
  "DENO_INTERNAL_FAST_CHECK_OVERWRITE",
  "DENO_LSP_IDLE_MEMORY_RELEASE_MS",
  "DENO_LSP_TRACE",
  "DENO_REPL_HISTORY",
  "DENO_SLOW_TEST_TIMEOUT",
  "DENO_SNAPSHOT_IMPORT_GRAPH",
  "DENO_TESTING_DISABLE_GIT_CHECK",
  "DENO_TESTING_UPGRADE",
  "DENO_TEST_JUPYTER_PATH",
  "DENO_TEST_SANITIZE_OPS",
  "DENO_TEST_SANITIZE_RESOURCES",
  // Messages of TLS and their labels.
  "DENO_TLS_FINISHED_CLIENT",
  "DENO_TLS_FINISHED_SERVER",
  // Parts of longer names, compared eight bytes at a time: DENO_USE_CGROUPS, NODE_CLOSE, RUST_MIN_STACK.
  "DENO_USE",
  "NODE_CLO",
  "RUST_MIN",
  // Constants and messages of the Node layer, ICU, V8 and Vulkan.
  "NODE_CLOSE",
  "NODE_CLUSTER",
  "NODE_CREATE_INFO_AMDX",
  "NODE_HANDLE",
  "NODE_HANDLE_ACK",
  "NODE_HTTP",
  "NODE_HTTP2",
  "NODE_MODULE",
  "NODE_MODULES_TYPE_STRIPPING",
  "NODE_NO_READLINE",
  "NODE_PERFORMANCE_ENTRY_TYPE_DNS",
  "NODE_PERFORMANCE_ENTRY_TYPE_FUNCTION",
  "NODE_PERFORMANCE_ENTRY_TYPE_GC",
  "NODE_PERFORMANCE_ENTRY_TYPE_HTTP",
  "NODE_PERFORMANCE_ENTRY_TYPE_HTTP2",
  "NODE_PERFORMANCE_ENTRY_TYPE_MARK",
  "NODE_PERFORMANCE_ENTRY_TYPE_MEASURE",
  "NODE_PERFORMANCE_ENTRY_TYPE_NET",
  "NODE_PERFORMANCE_ENTRY_TYPE_NODE",
  "NODE_REPL_HISTORY",
  "NODE_REPL_HISTORY_SIZE",
  "NODE_REPL_MODE",
  "NODE_SIZE",
  "NODE_SOCKET_CLOSE_ACK",
  "NODE_SOCKET_COUNT",
  "NODE_SOCKET_GET_COUNT",
  "NODE_SOCKET_NOTIFY_CLOSE",
  "NODE_TEST_REPORTER",
  "NODE_TYPE_ERR",
  "V8_0",
  "V8_BREAK_ITERATOR_TYPE",
  "V8_DICT_PROPERTY_CONST_TRACKING_BOOL",
  "V8_ENABLE_CHECKS",
  "V8_ENABLE_SANDBOX_BOOL",
  "V8_JUMP_TABLE_INFO_BOOL",
];

/** Strings that follow a name immediately in the runtime: there, strings have a length and no end. */
const neighbours: readonly string[] = [
  "EXPORTER_",
  "LAUFEY_REMOTE_DEBUGGING_PORT",
  "SAMPLE_LOCATIONS_INFO_EXT",
  "XDG_DATA_HOME",
];

const reviewed = new Set([...influentialVariables, ...harmlessNames]);

/**
 * What looks like an environment variable of the runtime, and has not been reviewed.
 *
 * @param runtime the bytes of Deno's program.
 * @returns the names, sorted. Some end in a letter or two of the next string: nothing separates them.
 */
export function unreviewedVariables(runtime: Uint8Array): string[] {
  const found = new Set<string>();
  for (const text of texts(runtime)) {
    for (const [run] of text.matchAll(/(?:DENO|NODE|OTEL|RUST|V8)_[A-Z0-9_]+/g)) {
      // Several names in a row; DENO_TRUST_PROXY_HEADERS is one.
      for (const name of run.split(/(?<!_|DENO_T)(?=(?:DENO|NODE|OTEL|RUST|V8)_)/)) found.add(name);
    }
  }
  return [...found].filter((name) => !isReviewed(name)).sort();
}

/**
 * Checks that every variable of the runtime is known, and that no variable that it obeys is passed to it.
 *
 * @throws Error with what to do.
 */
export function checkRuntimeVariables(runtime: Uint8Array): void {
  const obeyed = passedVariables.filter((name) => influentialVariables.includes(name));
  if (obeyed.length > 0) {
    throw new Error(`lib/system/process/environment.ts passes what the runtime obeys: ${obeyed}`);
  }
  const unreviewed = unreviewedVariables(runtime);
  if (unreviewed.length === 0) return;
  throw new Error(
    `this Deno has names that look like environment variables and have not been reviewed:\n` +
      unreviewed.map((name) => `  ${name}\n`).join("") +
      "Look each of them up in Deno's sources. Add it to scripts/build/runtime_variables.ts: to\n" +
      "influentialVariables (and docs/explanation/executable.md) if it changes what the runtime does,\n" +
      "otherwise to harmlessNames. None of them may be added to lib/system/process/environment.ts.",
  );
}

/** The bytes as text, a piece at a time; no name is in two pieces. */
function* texts(bytes: Uint8Array): Generator<string> {
  const size = 1 << 23;
  let rest = "";
  for (let at = 0; at < bytes.length; at += size) {
    const text = rest + new TextDecoder("latin1").decode(bytes.subarray(at, at + size));
    const end = text.length - (/[A-Z0-9_]*$/.exec(text.slice(-4096))?.[0].length ?? 0);
    yield text.slice(0, end);
    rest = text.slice(end);
  }
  yield rest;
}

function isReviewed(name: string): boolean {
  for (let length = name.length; length > 0; length--) {
    if (!reviewed.has(name.slice(0, length))) continue;
    const behind = name.slice(length);
    if (/^[A-Z0-9]{0,2}$/.test(behind)) return true;
    if (neighbours.some((neighbour) => behind.startsWith(neighbour))) return true;
  }
  return false;
}
