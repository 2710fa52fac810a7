// The books of the simulator: accounts and transfers in memory, with the refusals of the database and its rollback.
import type { Transfer } from "../ledger/transfers.ts";

/** Something that the database does not let through; `code` is its own. */
export class BooksError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The world outside, where coins and deposits come from, is all that may stand below zero (I2). */
const mayBeNegative = (account: string): boolean => account === "external" || account.startsWith("escrow:");

export class Books {
  readonly balances = new Map<string, bigint>();
  readonly #posted = new Map<string, Transfer>();
  #undo: (() => void)[] | null = null;

  balance(account: string): bigint {
    return this.balances.get(account) ?? 0n;
  }

  /** From here on everything can be taken back at once. */
  begin(): void {
    if (this.#undo !== null) throw new Error("a transaction is open already");
    this.#undo = [];
  }

  /** Notes how to take something back, for whoever keeps other things under the same transaction. */
  noteUndo(undo: () => void): void {
    this.#undo?.push(undo);
  }

  commit(): void {
    this.#undo = null;
  }

  rollback(): void {
    const undo = this.#undo ?? [];
    this.#undo = null;
    for (const takeBack of undo.reverse()) takeBack();
  }

  /** The name that is used already, or the wallet that is short of all that is to leave it (what comes in at once does not count). */
  findRefusal(
    transfers: readonly Transfer[],
  ): { code: "duplicate_transfer" | "insufficient_balance"; account: string; available: bigint | null } | null {
    const needs = new Map<string, bigint>();
    for (const { subject, name, from, amount } of transfers) {
      if (this.#posted.has(`${subject} ${name}`)) return { code: "duplicate_transfer", account: name, available: null };
      if (from.startsWith("wallet:")) needs.set(from, (needs.get(from) ?? 0n) + amount);
    }
    for (const [account, need] of needs) {
      const available = this.balance(account);
      if (available < need) return { code: "insufficient_balance", account, available };
    }
    return null;
  }

  /** @throws BooksError for what the tables' own checks refuse */
  post(transfers: readonly Transfer[]): void {
    const before = new Map<string, bigint>();
    const touch = (account: string, change: bigint): void => {
      const balance = this.balance(account);
      if (!before.has(account)) before.set(account, balance);
      this.balances.set(account, balance + change);
    };
    this.noteUndo(() => {
      for (const [account, balance] of before) this.balances.set(account, balance);
    });
    for (const transfer of transfers) {
      const { subject, name, from, to, amount } = transfer;
      const key = `${subject} ${name}`;
      if (typeof amount !== "bigint" || amount <= 0n) throw new BooksError("23514", `I12: ${key} moves ${amount}`);
      if (from === to) throw new BooksError("23514", `I1: ${key} has one side`);
      if (this.#posted.has(key)) throw new BooksError("23505", `I7: ${key} is posted twice`);
      this.#posted.set(key, transfer);
      this.noteUndo(() => void this.#posted.delete(key));
      touch(from, -amount);
      touch(to, amount);
    }
    for (const account of before.keys()) {
      if (this.balance(account) < 0n && !mayBeNegative(account)) {
        throw new BooksError("23514", `I2: ${account} would stand at ${this.balance(account)}`);
      }
    }
  }

  transfers(): IterableIterator<Transfer> {
    return this.#posted.values();
  }
}
