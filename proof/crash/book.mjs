// What the clients were answered, written down as it comes: the ledger must show exactly this in the end.

/** What a call costs by hand: started minutes of the whole seconds that both were there. Shares nothing with the product. */
export function priceOf(startedMs, endedMs, ratePerMinute) {
  if (startedMs === null || endedMs === null) return 0;
  const seconds = Math.floor((endedMs - startedMs) / 1000);
  return Math.ceil(seconds / 60) * ratePerMinute;
}

/** The platform keeps a fifth, rounded down. */
export const feeOf = (charge) => Math.floor(charge / 5);

const examplesKept = 5;

/** An empty book. Coins are plain numbers here: no scenario comes near 2^53. */
export function createBook() {
  /** User to the coins that were put in. */
  const credits = new Map();
  /** Call id to what is known of it. */
  const calls = new Map();
  /** People who left without an answer: at most one call each, and it costs nothing. */
  const leavers = new Set();
  const accusations = new Map();
  const figures = { answers: 0, unavailable: 0, lost: 0, topUps: 0 };

  return {
    credits,
    calls,
    leavers,
    figures,
    count({ status }) {
      figures.answers += 1;
      if (status === 503) figures.unavailable += 1;
    },
    lost() {
      figures.lost += 1;
    },
    /** Something that must not be. Many of one kind are one finding with examples. */
    accuse(what, example) {
      const known = accusations.get(what) ?? { what, times: 0, examples: [] };
      known.times += 1;
      if (known.examples.length < examplesKept) known.examples.push(example);
      accusations.set(what, known);
    },
    accusations: () => [...accusations.values()],
    topUp(userId, coins) {
      credits.set(userId, (credits.get(userId) ?? 0) + coins);
      figures.topUps += 1;
    },
    /** A call that was answered: from now on it has to be there. */
    open(call) {
      calls.set(call.id, { payerId: call.payerId, payeeId: call.payeeId, rate: call.ratePerMinute, final: null });
    },
    /** How a call must end that nobody ends: by its deadlines. */
    expect(callId, status, charge) {
      calls.get(callId).final = { status, charge };
    },
    /** The answer that a call has ended. The price in it is checked at once. */
    close(call) {
      const known = calls.get(call.id);
      const charge = priceOf(readTime(call.startedAt), readTime(call.endedAt), known.rate);
      if (call.actualCoins !== charge && call.status === "completed")
        this.accuse("a price that is not the price by hand", `${call.id}: ${call.actualCoins}, by hand ${charge}`);
      if (call.heldCoins !== 0) this.accuse("an ended call that still holds coins", `${call.id}: ${call.heldCoins}`);
      if (known.final !== null && (known.final.status !== call.status || known.final.charge !== call.actualCoins))
        this.accuse(
          "two answers about one end",
          `${call.id}: ${JSON.stringify(known.final)}, then ${call.status} ${call.actualCoins}`,
        );
      known.final = { status: call.status, charge: call.actualCoins };
    },
  };
}

function readTime(iso) {
  return iso === null ? null : Date.parse(iso);
}
