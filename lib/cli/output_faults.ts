/** Texts for settings of an output that contradict each other, wherever they are given. */
import type { OutputFault } from "../device/pair/outputs/mod.ts";

/** How the settings of PKCS#12 are written where the text is shown. */
export type SettingNames = Readonly<
  Record<Extract<OutputFault, { readonly kind: "pkcs12-only" }>["setting"] | "trust", string>
>;

/** What is wrong, and what would be right. */
export function outputFaultText(fault: OutputFault, names: SettingNames): string {
  switch (fault.kind) {
    case "part-twice":
      return `"${fault.part}" is given twice; expected each part once`;
    case "part-in-chain":
      return `"chain" already includes "${fault.part}"; expected one of the two ` +
        "(the chain is the certificate and its intermediates)";
    case "no-trust":
      return `"trust" has no CA certificates to write; set ${names.trust} to a file with CA certificates`;
    case "der-holds-one":
      return 'a DER file holds one key or one certificate; expected "key" or "certificate" alone';
    case "key-alone":
      return 'PKCS#12 holds a key with its certificate; expected also "chain" or "certificate"';
    case "password-file-missing":
      return `PKCS#12 needs a password; set ${names.passwordFile} to the file that contains it`;
    case "key-kind":
      return `software that needs the legacy profile does not support ${fault.keyKind} keys; expected ` +
        'another key algorithm, or profile = "modern"';
    case "pkcs12-only":
      return `${names[fault.setting]} is only for the format "pkcs12", not for "${fault.format}"`;
  }
}
