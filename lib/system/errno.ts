/** The POSIX names (errno(3)) of what Deno throws. */

/** The POSIX name of what Deno threw, which it spreads over classes and a `code`: see errno(3). */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") return code;
  for (const [type, errno] of errnoOfClass) if (error instanceof type) return errno;
  // EFBIG arrives as a plain Error without code; its text is all there is.
  return /file too large/i.test(String(error)) ? "EFBIG" : "EUNKNOWN";
}

/** For the errors that Deno throws without a `code`. */
const errnoOfClass = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.PermissionDenied, "EACCES"],
  // No errno: the runtime itself refuses most of /dev, /proc and /sys, whatever permission it was given.
  [Deno.errors.NotCapable, "ENOTCAPABLE"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  // Deno holds paths as UTF-8, and can give no other back.
  [Deno.errors.InvalidData, "EILSEQ"],
  [TypeError, "EINVAL"],
] as const;
