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

/** The last lines of its output: standard error, then standard output. */
export function outputLines({ errorOutput, output = "" }: ProgramFailure): string[] {
  return [...lastLines(errorOutput), ...lastLines(output)];
}

function lastLines(text: string): string[] {
  return text.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "")
    .slice(-10).map((line) =>
      line.length > longestLine ? `${line.slice(0, longestLine)}...` : line
    );
}

/** Of a program's output, in UTF-16 code units: a progress bar can be kilobytes long. */
const longestLine = 500;
