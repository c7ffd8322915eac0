/** A time as it is written in files and output: RFC 3339, UTC, to the second (`2027-02-09T00:00:00Z`). */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** Reads that form, and no other. */
export function parseTime(written: string): Date | undefined {
  if (written.length !== 20) return undefined;
  const time = new Date(written);
  // A form that Date takes and this one is not, or a day that does not exist, comes back different.
  return !Number.isNaN(time.getTime()) && formatTime(time) === written ? time : undefined;
}

/** `time` without its fraction of a second: certificates and CRLs have none. */
export function toSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
