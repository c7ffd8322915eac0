/** All retry policies of a device: how often to retry, and how long to wait in between. */
import { day, hour, minute, second } from "../system/mod.ts";

/** The share of a period over which a fleet is spread. The rest is for failures. */
export const spread = 1 / 4;

/** What the delay after failed attempts depends on. */
interface Backoff {
  /** From 1. */
  readonly attempts: number;
  /** How long before the end the renewal began, in milliseconds; `undefined`: there is no pair. */
  readonly period: number | undefined;
  /** The device's place in its fleet, from 0 to before 1. */
  readonly place: number;
  /** Whether the pair is urgent: it expires soon, or can no longer be used. */
  readonly isCritical: boolean;
}

/**
 * The longest wait for a critical pair, in milliseconds. Less than an hour: the runs of an hourly timer are
 * not exactly an hour apart, and none must come a moment too early.
 */
export const criticalPause = 50 * minute;

/**
 * How many milliseconds to wait after that many failed attempts: a quarter of an hour, doubled each time,
 * up to eight hours, or an eighth of the time that there was. For a critical pair never more than
 * {@linkcode criticalPause}, so that a repaired issuer is found within the hour.
 */
export function backoff({ attempts, period, place, isCritical }: Backoff): number {
  const ceiling = Math.min(isCritical ? criticalPause : 8 * hour, (period ?? Infinity) / 8);
  const doubled = 15 * minute * 2 ** Math.min(attempts - 1, 10);
  // Always slightly less, never more: an hourly run must not come a minute too early.
  return Math.min(doubled, ceiling) * (1 - spread * place);
}

/** The longest wait that an undecided or failing issuer can ask for, in milliseconds. */
export const issuerPause = { shortest: 5 * second, longest: day } as const;

/** Milliseconds between two probes of a service: short at first, as most services reload quickly. */
export const probePause = { first: 100, longest: 2 * second } as const;

/**
 * How many milliseconds to wait before running hooks again that have succeeded this often without effect: a
 * service that keeps serving another certificate is not restarted at every run.
 */
export function hookPause(times: number): number {
  return Math.min(15 * minute * 2 ** Math.min(times - 1, 10), 8 * hour);
}
