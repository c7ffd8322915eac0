/** Turns errors of Deno into POSIX names: errno(3). */

/** The POSIX name (errno(3)) of an error of Deno, which may be in its class or in its `code`. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") return code;
  for (const [type, errno] of errnoOfClass) if (error instanceof type) return errno;
  // EFBIG arrives as a plain Error without a code: only its text tells.
  return /file too large/i.test(String(error)) ? "EFBIG" : "EUNKNOWN";
}

/** For the errors that Deno throws without a `code`. */
const errnoOfClass = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.PermissionDenied, "EACCES"],
  // Not an errno: the runtime refuses most of /dev, /proc and /sys with any permission but all of them.
  [Deno.errors.NotCapable, "ENOTCAPABLE"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  // Deno keeps paths as UTF-8 and cannot represent others.
  [Deno.errors.InvalidData, "EILSEQ"],
  [TypeError, "EINVAL"],
] as const;
