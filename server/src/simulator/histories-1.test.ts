// Half of twenty thousand histories in memory, with all operators: every write is checked, every bill held against the oracle.
import { expectSoundHistories } from "./histories.case.ts";

expectSoundHistories({ from: 0, count: 10_000 });
