import { passedVariables, roomFormat } from "../../lib/system/mod.ts";
import { permissionFlags } from "./permission_flags.ts";
import { compiledAheadFlags, runtimeFlags } from "./runtime_flags.ts";

/** What the launcher has to know about the file that it is the beginning of. */
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

/** Puts the self-contained executable together: launcher, installer, runtime. */
export async function assembleExecutable(facts: LauncherFacts): Promise<Uint8Array> {
  const { time, installer, runtime, unpackedSize } = facts;
  const template = await Deno.readTextFile(new URL("launcher.sh", import.meta.url));
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

  // The offsets depend on how many digits these numbers have: repeat until they no longer change.
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
      ROOM_FORMAT: roomFormat,
      PASSED: passedVariables.join(" | "),
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
