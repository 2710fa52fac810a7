// The program as tests start it, in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programArguments } from "../../scripts/program.mjs";

/** What Node is given before the arguments: the built program when the build is of these sources, as it is in `npm test`. */
export const program: readonly string[] = programArguments(
  fileURLToPath(new URL("../..", import.meta.url)),
  process.env.FAIRMINUTE_TEST_PROGRAM === "built",
);

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves with all that was said when this has been. */
  said(text: string): Promise<string>;
}

/** Starts a command; its environment is only what is given, and where programs are found. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [...program, ...args], { env: { PATH: process.env.PATH ?? "", ...env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  const said = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => out.includes(text) && resolve(out);
      child.stdout.on("data", look);
      child.on("close", () => reject(new Error(`ended without saying ${text}: ${out}${err}`)));
      look();
    });
  return { child, ended, said };
}
