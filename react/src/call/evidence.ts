// Reads the evidence of a call from the wire into what the rules take.
import { readEvents, readFacts, readPlaced } from "@fairminute/core";
import type { LiveJson } from "../client/wire.ts";
import type { Evidence } from "./ticker.ts";

/** Throws FairminuteError when the server sent something the rules of this version cannot read. */
export function readEvidence(live: LiveJson): Evidence {
  return { facts: readFacts(live.facts), events: readEvents(live.events), placed: readPlaced(live.placed) };
}
