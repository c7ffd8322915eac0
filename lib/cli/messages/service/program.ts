/** Texts about programs of the operator that failed. */
import type { ProgramFailure } from "../../../system/mod.ts";

/** Describes how a program ended, after its name. */
export function describeEnd({ end }: Pick<ProgramFailure, "end">): string {
  switch (end.kind) {
    case "exit":
      return `failed with exit code ${end.code}`;
    case "signal":
      return `was killed by ${end.signal}`;
    case "time-limit":
      return "did not finish within its time limit and was killed";
    case "output-limit":
      return "printed more than certswap accepts as a certificate chain and was stopped";
    case "interrupted":
      return `was stopped because certswap received ${end.signal}`;
  }
}

/** The last lines of its output, without private keys: standard error, then standard output. */
export function outputLines({ errorOutput, output = "" }: ProgramFailure): string[] {
  return [...lastLines(errorOutput), ...lastLines(output)];
}

function lastLines(text: string): string[] {
  return withoutPrivateKeys(text).split("\n").map((line) => line.trimEnd()).filter((line) =>
    line !== ""
  )
    .slice(-10).map((line) =>
      line.length > longestLine ? `${line.slice(0, longestLine)}...` : line
    );
}

/** The first and last line in PEM (RFC 7468). In JSON or a trace, other characters are around them. */
const keyBoundary = /-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;

const keyNotShown = "(private key not shown)";

/**
 * Replaces private keys in PEM, because what is shown also goes to the log and to mail. A key may have lost
 * its beginning or its end: only a part of a long output is kept.
 */
function withoutPrivateKeys(text: string): string {
  let shown = "";
  let position = 0;
  let isInKey = false;
  for (const { 0: boundary, index } of text.matchAll(keyBoundary)) {
    const isBegin = boundary.startsWith("-----BEGIN");
    if (!isInKey && isBegin) shown += text.slice(position, index) + keyNotShown;
    if (!isInKey && !isBegin) shown += keyNotShown;
    position = index + boundary.length;
    isInKey = isBegin;
  }
  return isInKey ? shown : shown + text.slice(position);
}

/** Of a program's output, in UTF-16 code units: a progress bar can be kilobytes long. */
const longestLine = 500;
