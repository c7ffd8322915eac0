/** What the settings of an output must be to go together: for the configuration and for the command line. */
import type { Profile } from "../../../../protocol/pkcs12/mod.ts";
import type { Part } from "../contents.ts";
import type { FormatName, OutputSpec } from "../spec.ts";

/** The formats of an output. */
export const formatNames = ["pem", "der", "pkcs12"] as const satisfies readonly FormatName[];

/** What an output can contain. */
export const partNames = [
  "key",
  "certificate",
  "intermediates",
  "chain",
  "trust",
] as const satisfies readonly Part[];

/** How PKCS#12 is protected. */
export const profileNames = ["modern", "legacy"] as const satisfies readonly Profile[];

/** Whether a word is one of {@linkcode partNames}. */
export function isPart(word: unknown): word is Part {
  return partNames.some((name) => name === word);
}

/** The settings that only PKCS#12 has. */
export type Pkcs12Setting = "passwordFile" | "friendlyName" | "profile";

/** The settings of an output that are checked together. */
export interface OutputRequest extends Pick<OutputSpec, "contains" | "format"> {
  /** Those of PKCS#12 that are set. */
  readonly given: readonly Pkcs12Setting[];
  readonly profile: Profile;
  /** The kind of the keys that renewals create, if that is known. */
  readonly keyKind: string | undefined;
  /** Whether there are trust anchors to write. */
  readonly hasTrust: boolean;
}

/** Settings of an output that contradict each other. */
export type OutputFault =
  /** The second of two equal words in `contains`. */
  | { readonly kind: "part-twice"; readonly part: Part; readonly index: number }
  /** `chain` contains it already. */
  | { readonly kind: "part-in-chain"; readonly part: Part; readonly index: number }
  /** Trust anchors, and there are none. */
  | { readonly kind: "no-trust"; readonly index: number }
  /** DER holds one key or one certificate. */
  | { readonly kind: "der-holds-one" }
  /** PKCS#12 holds a key together with its certificate. */
  | { readonly kind: "key-alone" }
  | { readonly kind: "password-file-missing" }
  /** What reads the profile does not know keys of this kind. */
  | { readonly kind: "key-kind"; readonly keyKind: string }
  | {
    readonly kind: "pkcs12-only";
    readonly setting: Pkcs12Setting;
    readonly format: FormatName;
  };

/** Finds every contradiction in the settings of an output. */
export function outputFaults(
  { hasTrust, ...request }: OutputRequest,
): readonly OutputFault[] {
  const { contains } = request;
  const faults = contains.flatMap((part, index): OutputFault[] => {
    if (contains.indexOf(part) < index) return [{ kind: "part-twice", part, index }];
    const isInChain = part === "certificate" || part === "intermediates";
    if (isInChain && contains.includes("chain")) return [{ kind: "part-in-chain", part, index }];
    return part === "trust" && !hasTrust ? [{ kind: "no-trust", index }] : [];
  });
  // Of a list with such a mistake, it is not known what it should be.
  return faults.length > 0 ? faults : formatFaults(request);
}

function formatFaults(
  { contains, format, given, profile, keyKind }: Omit<OutputRequest, "hasTrust">,
): readonly OutputFault[] {
  if (format === "pkcs12") {
    const isAlone = contains.includes("key") && !contains.includes("certificate") &&
      !contains.includes("chain");
    return [
      ...(isAlone ? [{ kind: "key-alone" } as const] : []),
      ...(given.includes("passwordFile") ? [] : [{ kind: "password-file-missing" } as const]),
      ...(contains.includes("key") && keyKind !== undefined && !canHold(profile, keyKind)
        ? [{ kind: "key-kind", keyKind } as const]
        : []),
    ];
  }
  const isOne = contains.length === 1 && (contains[0] === "key" || contains[0] === "certificate");
  return [
    ...(format === "der" && !isOne ? [{ kind: "der-holds-one" } as const] : []),
    ...given.map((setting) => ({ kind: "pkcs12-only", setting, format } as const)),
  ];
}

/**
 * Whether what reads a profile can use a key of this kind: Java 8 and the Windows versions that `legacy` is
 * for do not know Ed25519 (Java has it since version 15, JEP 339).
 */
export function canHold(profile: Profile, keyKind: string): boolean {
  return profile !== "legacy" || keyKind !== "ed25519";
}

/** The most characters of a friendlyName: 255 (RFC 2985 5.5.1, pkcs-9-ub-friendlyName). */
export const friendlyNameLimit = 255;

/** What is wrong with a friendlyName; `undefined` if it can be used. */
export function friendlyNameFault(name: string): "empty" | "long" | "characters" | undefined {
  if (name === "") return "empty";
  if (name.length > friendlyNameLimit) return "long";
  // Deno replaces bytes of the command line that are not UTF-8 with U+FFFD.
  return /[\p{Cc}\ufffd]/u.test(name) ? "characters" : undefined;
}
