/** What is shown of the replacement of the CA by another one: on the page, and for programs. */
import { type NextRolloverStep, nextStepOf, type RolloverStatus } from "../../ca/rollover/mod.ts";
import { isNextIssuing, type RolloverRecord } from "../../ca/succession/mod.ts";
import { commandText } from "./command.ts";
import type { ServerContext } from "../context.ts";
import { type Html, html, time } from "./html.ts";

/** A rollover that is going on, or that has replaced the CA. */
export interface RolloverSight {
  readonly record: RolloverRecord;
  /** `undefined`: it is over, or one of the CAs cannot be read. */
  readonly status: RolloverStatus | undefined;
}

/** The rows of the page about a rollover, and warnings. */
export function rolloverRows(
  context: ServerContext,
  { record, status }: RolloverSight,
): Html {
  const { phase, next, started, since } = record;
  const step = nextStepOf(phase);
  const subject = status && html`${status.next.subject}<br>`;
  return html`
    ${status?.warnings.map((warning) =>
      html`<p class="bad">Warning: ${context.explain(warning)}.</p>`
    )}
    ${status === undefined && step !== undefined ? unreadable(context) : undefined}
    <dl>
      <dt>Phase</dt>
      <dd>${phase}, since ${time(since)}; started ${time(started)}</dd>
      <dt>Next CA</dt>
      <dd>${subject}<code>${next}</code></dd>
      <dt>Issuing</dt>
      <dd>${isNextIssuing(record) ? "the next CA" : "this CA"}</dd>
      ${status && deviceRows(status)}
      ${step && stepRows(step, context)}
    </dl>
  `;
}

function unreadable(context: ServerContext): Html {
  return html`
    <p class="bad">One of the two CAs cannot be read at the moment.
    <code>${commandText("ca rollover status", context)}</code> says why.</p>
  `;
}

function deviceRows({ leaves, fetched }: RolloverStatus): Html {
  const { devices, remainingDevices } = leaves;
  return html`
    <dt>Devices</dt>
    <dd>${devices - remainingDevices} of ${devices} have a certificate of the next CA</dd>
    <dt>Fetched</dt>
    <dd>${fetched.devices}${fetched.isComplete
      ? ""
      : " or more"} have fetched the certificates of both CAs</dd>
  `;
}

function stepRows({ step, awaits, undo }: NextRolloverStep, context: ServerContext): Html {
  const when = awaits === "fetched"
    ? "when every device has fetched the certificates of both CAs"
    : "when every device has a certificate of the next CA";
  return html`
    <dt>Next step</dt>
    <dd><code>${commandText(
      `ca rollover ${step}`,
      context,
    )}</code><br><span class="quiet">${when}</span></dd>
    ${undo && html`
      <dt>To undo</dt>
      <dd><code>${commandText(`ca rollover ${undo}`, context)}</code></dd>
    `}
  `;
}

/** The same for programs; `null`: the CA is not being replaced. */
export function rolloverToJson(
  context: ServerContext,
  sight: RolloverSight | undefined,
): Record<string, unknown> | null {
  if (sight === undefined) return null;
  const { record: { phase, started, since, next }, status } = sight;
  const step = nextStepOf(phase);
  return {
    phase,
    started,
    since,
    next: { dataDirectory: next, subject: status?.next.subject ?? null },
    devices: status === undefined ? null : devicesOf(status),
    nextStep: step === undefined ? null : commandText(`ca rollover ${step.step}`, context),
    warnings: status?.warnings.map(context.explain) ?? [],
  };
}

/** Numbers of devices by what they have: `fetched` are also counted as one of the others. */
export function devicesOf(
  { leaves: { devices, remainingDevices: remaining }, fetched }: RolloverStatus,
): Readonly<Record<"fetched" | "moved" | "remaining", number>> {
  return { fetched: fetched.devices, moved: devices - remaining, remaining };
}
