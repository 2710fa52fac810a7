// What `fairminute reconcile` finds, and how it says so.
import type { DueLooks, Reconciliation } from "./reconciliation.ts";

type Listed = Awaited<ReturnType<Reconciliation["listDiscrepancies"]>>["discrepancies"];
type Watched = Awaited<ReturnType<Reconciliation["listWatchedCalls"]>>["providerCalls"];
type Findings = Awaited<ReturnType<Reconciliation["examine"]>>;

/** Everything that does not fit together at the calls of providers. */
export interface Summary {
  /** Whether there is nothing to be seen to. */
  ok: boolean;
  /** With `repair`: how many calls were looked at, and which rows were put right. */
  repaired: { looks: number; callIds: string[] } | null;
  /** Sources that disagree, and that nobody has resolved. */
  discrepancies: Listed;
  /** What the providers show right now and the log does not, or the other way round. */
  findings: Findings;
  /** Calls whose last look failed, and rooms that are not known to be empty long after the end. */
  troubles: Watched;
  /** Looks that wait to be begun: when the oldest of them is old, looks come late, and bills without webhooks get less exact. */
  due: DueLooks;
}

const PAGE = 100;

async function readAll<Item>(
  readPage: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await readPage(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

/**
 * Asks the providers about every call that is not closed.
 * @param options.repair looks at them all first, as the server's loop does: evidence is recorded, rooms are emptied
 */
export async function summarize(reconciliation: Reconciliation, options: { repair: boolean }): Promise<Summary> {
  const repair = options.repair ? await reconciliation.repair() : null;
  const findings = await reconciliation.examine();
  const discrepancies = await readAll(async (cursor) => {
    const page = await reconciliation.listDiscrepancies({ limit: PAGE, cursor, isOpen: true });
    return { items: page.discrepancies, nextCursor: page.nextCursor };
  });
  const troubles = await readAll(async (cursor) => {
    const page = await reconciliation.listWatchedCalls({ limit: PAGE, cursor, state: "troubled" });
    return { items: page.providerCalls, nextCursor: page.nextCursor };
  });
  return {
    ok: findings.length === 0 && discrepancies.length === 0 && troubles.length === 0,
    repaired: repair === null ? null : { looks: repair.looks, callIds: repair.repaired },
    discrepancies,
    findings,
    troubles,
    due: await reconciliation.readDue(),
  };
}

const words: Readonly<Record<Findings[number]["kind"], string>> = {
  unknown_connection: "is there, and the log does not know it",
  lost_connection: "is in the log, and not there",
  still_there: "is in the room of a call that is over",
  cannot_ask: "cannot be asked",
};

function block(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? `${title}: none\n`
    : `${title}: ${lines.length}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** The summary for people. */
export function writeSummary({ ok, repaired, discrepancies, findings, troubles, due }: Summary): string {
  const parts = [
    ...(repaired === null
      ? []
      : [`Looked at ${repaired.looks} calls; put right: ${repaired.callIds.join(", ") || "none"}\n`]),
    block(
      "Sources that disagree",
      discrepancies.map(
        ({ id, callId, userId, a, b }) =>
          `${callId}  ${userId}: ${a.seconds} s by ${a.source}, ${b.seconds} s by ${b.source}  (${id})`,
      ),
    ),
    block(
      "Providers that show something else",
      findings.map(({ callId, provider, kind, what }) =>
        kind === "cannot_ask" ? `${callId}  ${provider} ${words[kind]}: ${what}` : `${callId}  ${what} ${words[kind]}`,
      ),
    ),
    block(
      "Calls that cannot be looked at, or do not end",
      troubles.map(
        ({ callId, provider, state, failures, lastError, nextLookAt }) =>
          `${callId}  ${provider}, ${state}, ${failures} failures: ${lastError ?? "not empty yet"}; next look ${nextLookAt ?? "never"}`,
      ),
    ),
    due.since === null
      ? "Looks that wait: none\n"
      : `Looks that wait: ${due.count}, the oldest since ${due.since}; FAIRMINUTE_LOOKS_PER_SECOND says how many a server begins\n`,
  ];
  return `${parts.join("")}\n${ok ? "Nothing to see to." : "Something is to be seen to."}\n`;
}
