// What `fairminute escrow` asks of the server's own API, and how it says what stands wrong on the chain.
import type { ExaminationJson, StrayDepositJson, StuckSendJson } from "../escrow/escrow.ts";
import { askOperator, type Operated } from "./operated.ts";

/** Every page as one: all calls are compared. */
export type Examination = Omit<ExaminationJson, "hasMore" | "nextCursor">;

const PAGE = "100";

/** The calls of every page, and what the first page says of the rest. */
function join(first: Examination, next: Examination): Examination {
  return {
    ...first,
    ok: first.ok && next.ok,
    compared: first.compared + next.compared,
    differences: [...first.differences, ...next.differences],
  };
}

/** @param stuckAfterSeconds a transaction that is in no block after so many seconds is stuck */
export async function examineEscrow(operated: Operated, stuckAfterSeconds: number): Promise<Examination> {
  const pages: Examination[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: PAGE, stuckAfterSeconds: String(stuckAfterSeconds) });
    if (cursor !== "") query.set("cursor", cursor);
    const page: ExaminationJson = await askOperator(operated, "GET", `/api/operator/escrow?${query}`);
    const { hasMore: _, nextCursor, ...rest } = page;
    pages.push(rest);
    cursor = nextCursor;
  }
  return pages.reduce(join);
}

function block(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${title}: none\n`;
  return `${title}: ${lines.length}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function sayStuck({ callId, state, nonce, since, versions, transactionHash, lastError }: StuckSendJson): string {
  const number = nonce === null ? "no number yet" : `number ${nonce}`;
  const hash = transactionHash === null ? "" : `, ${transactionHash}`;
  return `${callId}  ${state} since ${since}, ${number}, versions: ${versions.length}${hash}${lastError === null ? "" : `: ${lastError}`}`;
}

function sayStray(stray: StrayDepositJson): string {
  const { sessionId, callId, misfit, depositAmount, blockNumber, transactionHash, inContract } = stray;
  const from = stray.studentId ?? stray.student;
  const to = stray.tutorId ?? stray.tutor;
  const why =
    callId === null
      ? "it names no call of ours"
      : `for ${callId}, but ${misfit?.field} is ${misfit?.found} and not ${misfit?.expected}`;
  const back = inContract.reclaimableFrom === null ? "" : `, reclaimable from ${inContract.reclaimableFrom}`;
  const place = `block ${blockNumber}, ${transactionHash}`;
  return `${sessionId}  ${from} to ${to}, ${depositAmount}: ${why}; ${inContract.status}${back} (${place})`;
}

/** The examination for people. */
export function writeExamination({ ok, head, compared, differences, stuckSends, strayDeposits }: Examination): string {
  return [
    head === null
      ? "The chain was not read yet.\n"
      : `The chain was read up to block ${head}; ${compared} calls were compared.\n`,
    block(
      "Calls whose ledger is not what the chain says (tutor + fee + student)",
      differences.map(({ callId, what, chain, ledger }) => `${callId}  ${what}: ${chain} there, ${ledger} here`),
    ),
    block("Transactions of the server's own that do not get through", stuckSends.map(sayStuck)),
    block("Deposits that fund no call; only their students can end or reclaim them", strayDeposits.map(sayStray)),
    `\n${ok ? "Nothing to see to." : "Something is to be seen to."}\n`,
  ].join("");
}
