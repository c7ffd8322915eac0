import assert from "node:assert/strict";

/** What `deno info --json` says about a module. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** The modules of lib/ that are loaded together with this one. */
async function loadedWith(entry: string): Promise<ReadonlySet<string>> {
  const root = new URL("../../", import.meta.url);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL(entry, root).href],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success);
  const { modules }: { readonly modules: readonly ModuleInfo[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const waiting = [new URL(entry, root).href];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { code, isDynamic } of known.get(next)?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) waiting.push(code.specifier);
    }
  }
  return new Set([...loaded].map((specifier) => specifier.replace(root.href, "")));
}

Deno.test("rotate with nothing due loads no code that asks an EST server", async () => {
  const loaded = await loadedWith("lib/cli/commands/rotate.ts");
  assert.ok(loaded.has("lib/device/issuer/kinds.ts"), "the kinds of issuers are known");
  for (
    const module of [
      "lib/system/network/https/open.ts",
      "lib/device/issuer/est/issuer.ts",
      "lib/device/issuer/est/client.ts",
      "lib/device/issuer/est/trust.ts",
      "lib/device/issuer/est/ca_certificates.ts",
      "lib/device/rotation/trust/refresh.ts",
      "lib/device/rotation/renew/renew.ts",
    ]
  ) {
    assert.ok(!loaded.has(module), module);
  }
});

Deno.test("a rotation that is due loads that code only for an EST issuer", async () => {
  const loaded = await loadedWith("lib/device/rotation/renew/renew.ts");
  assert.ok(loaded.has("lib/device/issuer/open.ts"));
  assert.ok(!loaded.has("lib/device/issuer/est/issuer.ts"));
});
