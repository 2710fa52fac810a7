// What every command is given and gives back: a terminal, options that are read, and the code that the process ends with.
import { type Command, InvalidArgumentError } from "commander";

/** What a command ends with; documented in --help. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, database: 3, interrupted: 130 } as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command speaks, and what it is told. */
export interface Terminal {
  env: Environment;
  /** Whether a person reads what is said on the way. */
  isTerminal: boolean;
  out(text: string): void;
  err(text: string): void;
}

/** @returns the code that the process ends with */
export type Run<Options> = (terminal: Terminal, json: boolean, options: Options, argument: string) => Promise<number>;
/** Adds a command to the program; more options and arguments are put on what it returns. */
export type AddCommand = <Options>(name: string, description: string, run: Run<Options>) => Command;

/** A reader of whole numbers. What it reads is refused in one sentence when it is another. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= from && number <= to) return number;
    throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`);
  };
}
