import { FileSystemError } from "../../system/mod.ts";
import { describeFileSystemError } from "./system.ts";

/** What lies under an error that wraps another: the words of a refused system call, where it was one. */
export function describeCause(cause: unknown): { message: string; hint?: string } {
  if (cause instanceof FileSystemError) return describeFileSystemError(cause);
  // A cause of certswap's own without words here is wrapped by nobody; its developer text will do.
  if (cause instanceof Error) return { message: cause.message };
  return { message: String(cause) };
}
