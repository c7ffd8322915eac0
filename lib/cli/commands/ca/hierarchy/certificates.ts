/** `certswap ca certificates`: prints what clients need to verify the certificates of a CA. */
import { peerCertificates } from "../../../../ca/hierarchy/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
  outputFile,
} from "../../../declaration/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { replaceFile } from "../../../../transaction/mod.ts";
import { counted, linesOf, visible } from "../../../text.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { requireOutsideOfCas } from "../requested_output.ts";

/** The flags of `certswap ca certificates`. */
export interface CertificatesFlags extends DataDirectoryFlags, CommonFlags {
  readonly out?: string;
}

/** `certswap ca certificates`. */
export default async function certificatesCommand(
  world: World,
  flags: CertificatesFlags,
): Promise<Outcome> {
  const out = outputFile(flags.out);
  requireOutsideOfCas(world.system.files, "--out", out);
  const location = { dataDirectory: dataDirectory(world, flags) };
  const { certificates, pem } = await peerCertificates(world.system, location);
  if (out !== undefined) {
    replaceFile(world.system.files, out, { content: new TextEncoder().encode(pem), mode: 0o644 });
  }
  return {
    json: {
      certificates: certificates.map(({ subject, serial, notAfter }) => ({
        subject,
        serial,
        notAfter: formatTime(notAfter),
      })),
      pem,
      out: out ?? null,
    },
    lines: out === undefined
      ? linesOf(pem)
      : [`${counted(certificates.length, "certificate")} written to ${visible(out)}.`],
  };
}
