// Whether a server shall have a chain of its own on this machine. What makes one is loaded only then.
import { ConfigError } from "../config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether the settings ask for a chain of the sandbox's own.
 * @throws ConfigError for another word than `sandbox`, for production, and beside another chain
 */
export function wantsLocalChain(env: Environment, mode: "sandbox" | "production"): boolean {
  const wish = env.FAIRMINUTE_CHAIN?.trim() || undefined;
  if (wish === undefined) return false;
  const refuse = (problem: string, hint: string) => {
    throw new ConfigError([{ setting: "FAIRMINUTE_CHAIN", problem, hint }]);
  };
  if (wish !== "sandbox")
    refuse(
      `is "${wish}".`,
      "Choose sandbox for a chain on this machine, or leave it out; CHAIN_RPC_URL names another one.",
    );
  if (mode === "production")
    refuse(
      "is sandbox in production.",
      "Its coins are free and its keys are known: name your own chain by CHAIN_RPC_URL.",
    );
  if (env.CHAIN_RPC_URL?.trim())
    refuse("is sandbox while CHAIN_RPC_URL names another chain.", "Leave one of the two out.");
  return true;
}
