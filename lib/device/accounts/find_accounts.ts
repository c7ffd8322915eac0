/** Finds the users and groups that a configuration names. */
import {
  type AccountKind,
  attempt,
  type FileSystem,
  readEntries,
  type System,
} from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";
import type { Account } from "./account.ts";
import { type Answer, askGetent, type Question } from "./getent.ts";
import { isAccountName, writtenId } from "./names.ts";

/** Users and groups as a configuration writes them: names, or numbers in decimal. */
export interface WantedAccounts {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Each wanted user and group, by what was written. */
export interface FoundAccounts {
  readonly users: ReadonlyMap<string, Account>;
  readonly groups: ReadonlyMap<string, Account>;
}

/**
 * Finds users and groups: a number is its own ID; a name is looked up in passwd(5) or group(5), and with
 * getent(1) if it is not there. Needs the permission to read, and for getent the permission to run programs.
 * If getent cannot be run or does not answer, a name that only it knows is not found.
 *
 * @returns an account for each wanted name, without an `id` if it was not found.
 * @throws InterruptedError if a signal told certswap to stop while getent was running.
 */
export async function findAccounts(
  system: Pick<System, "files" | "processes">,
  wanted: WantedAccounts,
): Promise<FoundAccounts> {
  const users = lookUp(system.files, "user", wanted.users);
  const groups = lookUp(system.files, "group", wanted.groups);
  const answers = await askAll(system, [...users.questions, ...groups.questions]);
  return { users: withAnswers(users, answers), groups: withAnswers(groups, answers) };
}

/** What is known without asking, and what has to be asked. */
interface LookedUp {
  readonly known: ReadonlyMap<string, Account>;
  readonly questions: readonly Question[];
}

function lookUp(files: FileSystem, kind: AccountKind, wanted: readonly string[]): LookedUp {
  const known = new Map<string, Account>();
  const names: string[] = [];
  for (const name of new Set(wanted)) {
    const id = writtenId(name);
    if (id === undefined && isAccountName(name)) names.push(name);
    else known.set(name, { name, id });
  }
  if (names.length === 0) return { known, questions: [] };
  const local = localIds(files, kind);
  for (const name of names.filter((name) => local.has(name))) {
    known.set(name, { name, id: local.get(name) });
  }
  const others = names.filter((name) => !local.has(name));
  return { known, questions: others.map((name) => ({ kind, name })) };
}

/** The local IDs by name. Of several entries with one name the first counts, as for getpwnam(3). */
function localIds(files: FileSystem, kind: AccountKind): ReadonlyMap<string, number> {
  // A machine may have its accounts elsewhere, and no such file.
  const entries = attempt(() => readEntries(files, kind)) ?? [];
  return new Map(entries.map(({ name, id }) => [name, id] as const).reverse());
}

function withAnswers(
  { known, questions }: LookedUp,
  answers: ReadonlyMap<Question, Answer>,
): ReadonlyMap<string, Account> {
  const accounts = new Map(known);
  for (const question of questions) {
    accounts.set(question.name, accountOf(question, answers.get(question)));
  }
  return accounts;
}

function accountOf({ name }: Question, answer: Answer | undefined): Account {
  if (answer?.kind === "id") return { name, id: answer.id };
  const isUnknown = answer?.kind === "unknown";
  return { name, id: undefined, ...(isUnknown ? {} : { isUncertain: true }) };
}

/** How many questions to ask concurrently: if a directory service hangs, each takes seconds. */
const concurrent = 4;

/** @throws InterruptedError */
async function askAll(
  system: Pick<System, "processes">,
  questions: readonly Question[],
): Promise<ReadonlyMap<Question, Answer>> {
  const answers = new Map<Question, Answer>();
  const queue = questions.values();
  /** An answer after which no other question is worth asking. */
  let final: Answer | undefined;
  const work = async (): Promise<void> => {
    for (const question of queue) {
      if (final !== undefined) return;
      const answer = await askGetent(system, question);
      answers.set(question, answer);
      if (answer.kind === "no-getent" || answer.kind === "stopped") final = answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrent, questions.length) }, work));
  // Thrown only now, when no getent is running.
  if (final?.kind === "stopped") throw new InterruptedError(final.signal);
  return answers;
}
