// Why a wallet or the contract said no, in a sentence that helps. viem's errors are long; the person needs one line.
import type { ChainWords } from "./words.ts";

type Failure = {
  name?: unknown;
  code?: unknown;
  shortMessage?: unknown;
  message?: unknown;
  cause?: unknown;
  data?: { errorName?: unknown };
};

/** All errors of a chain of causes, outermost first. */
function causesOf(error: unknown): Failure[] {
  const found: Failure[] = [];
  for (let one = error as Failure | undefined; one !== undefined && one !== null && found.length < 10; ) {
    found.push(one);
    one = one.cause as Failure | undefined;
  }
  return found;
}

/** EIP-1193: the person pressed "reject". */
const rejected = 4001;
/** The wallet shows a question of ours already. */
const pending = -32002;

/** The sentence for an error of a wallet, a chain or the server. */
export function sayRefusal(error: unknown, words: ChainWords): string {
  const causes = causesOf(error);
  if (causes.some(({ code, name }) => code === rejected || name === "UserRejectedRequestError"))
    return words.refusals.rejected;
  if (causes.some(({ code }) => code === pending)) return words.refusals.pending;
  const named = causes.map(({ data }) => data?.errorName).find((name) => typeof name === "string") as
    | string
    | undefined;
  const known: Readonly<Record<string, string>> = words.refusals.contract;
  if (named !== undefined) return known[named] ?? words.refusals.byContract(named);
  if (causes.some(({ name }) => name === "InsufficientFundsError")) return words.refusals.noGas;
  const short = causes.map(({ shortMessage }) => shortMessage).find((text) => typeof text === "string");
  return String(short ?? (error as Failure).message ?? error);
}
