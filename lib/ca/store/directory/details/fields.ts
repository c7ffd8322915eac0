/** The fields of a line of `details.jsonl`. */
import type { CertificateDetails } from "../../details.ts";

/** The name of each field in `details.jsonl`. `serial` comes before them. */
export const fieldNames: Readonly<Record<keyof CertificateDetails, string>> = {
  profile: "profile",
  names: "names",
  requestedBy: "requested_by",
  key: "key",
  supersededBy: "superseded_by",
  importedFrom: "imported_from",
  isLost: "lost",
  shard: "shard",
};

/** The fields, in the order in which they are written. */
export const detailFields = Object.keys(fieldNames) as (keyof CertificateDetails)[];
