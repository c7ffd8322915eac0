/** Where a CA may lie: nobody but root and the caller can exchange its directory or a file in it. */
import { join, requireTrustedPlaces, type System } from "../../../system/mod.ts";

/**
 * Insists on it. What is missing is made by certswap, and asked for again then.
 *
 * @param dataDirectory absolute or relative.
 * @throws UntrustedPlaceError, FileSystemError
 */
export function requireTrustedCa(system: System, dataDirectory: string): void {
  requireTrustedPlaces(system, [
    { path: dataDirectory, as: "directory" },
    // What is replaced again and again may be no link; these may, and it may lead elsewhere.
    { path: join(dataDirectory, "certs"), as: "directory" },
    { path: join(dataDirectory, "ca.key"), as: "file" },
    { path: join(dataDirectory, "ca.crt"), as: "file" },
  ]);
}
