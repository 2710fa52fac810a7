// What only the operator may do: whoever holds the secret key and acts for nobody.
import { FairminuteError } from "@fairminute/core";
import type { Caller } from "./auth.ts";

/** @param what the deed, to follow "may" in a sentence. @throws FairminuteError forbidden */
export function requireOperator(caller: Caller, what: string): void {
  if (caller.kind === "backend" && caller.userId === null) return;
  const hint = caller.kind === "backend" ? "send no Fairminute-User" : "your backend does it with the secret key";
  throw new FairminuteError("forbidden", `Only the operator may ${what}: ${hint}.`);
}
