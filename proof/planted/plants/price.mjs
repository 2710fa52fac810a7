// Plants in what a call costs: the meter, the tariff, what held money covers, and the split.

const meter = "core/src/meter.ts";
const rate = "core/src/rate.ts";
const increment = "core/src/increment.ts";
const tariff = "core/src/tariff.ts";
const cover = "core/src/cover.ts";
const charge = "core/src/charge.ts";

export const pricePlants = [
  {
    name: "the meter runs on after the end",
    file: meter,
    find: "const to = state.endedAt !== null && state.endedAt < asOf ? state.endedAt : asOf;",
    replace: "const to = asOf;",
    breaks: "I5",
  },
  {
    name: "the payer pays alone",
    file: meter,
    find: 'if (facts.terms.billable === "own_presence") return own;',
    replace: 'if (facts.terms.billable !== "none") return own;',
    breaks: "I5: time without the payee is billed",
  },
  {
    name: "a call on a chain is billed without its deposit",
    file: meter,
    find: "const own = isEscrow(facts.terms)",
    replace: "const own = isEscrow(facts.terms) && facts.callId === null",
    breaks: "I5: billed seconds that the chain does not hold",
  },
  {
    name: "part of a second is a second",
    file: rate,
    find: "const billableSeconds = Math.floor(totalMs(intervals) / 1000);",
    replace: "const billableSeconds = Math.ceil(totalMs(intervals) / 1000);",
    breaks: "rounding of seconds",
  },
  {
    name: "a call of exactly the shortest charged length is free",
    file: rate,
    find: "billableSeconds < tariff.noChargeUnderSeconds",
    replace: "billableSeconds <= tariff.noChargeUnderSeconds",
    breaks: "no charge under n seconds",
  },
  {
    name: "free seconds are charged",
    file: rate,
    find: "Math.max(0, billableSeconds - tariff.freeSeconds)",
    replace: "billableSeconds",
    breaks: "free seconds",
  },
  {
    name: "a call within its free time pays the connect fee",
    file: rate,
    find: "if (chargeable > 0 && tariff.connectFee > 0n) {",
    replace: "if (tariff.connectFee > 0n) {",
    breaks: "connect fee",
  },
  {
    name: "the minimum is added instead of reached",
    file: rate,
    find: "tariff.minimumCharge - total));\n      total = tariff.minimumCharge;",
    replace: "tariff.minimumCharge));\n      total += tariff.minimumCharge;",
    breaks: "minimum charge",
  },
  {
    name: "each line is rounded by itself",
    file: rate,
    find: "const sum = roundSixtieths(sixtieths, tariff.rounding);",
    replace: "const sum = rounded + roundSixtieths(run.pricePerMinute * BigInt(seconds), tariff.rounding);",
    breaks: "a charge is rounded once",
  },
  {
    name: "half an increment is not half used",
    file: increment,
    find: "return rest * 2 >= size ? completed + 1 : completed;",
    replace: "return rest * 2 > size ? completed + 1 : completed;",
    breaks: "rounding to the nearest",
  },
  {
    name: "a full increment begins the next one",
    file: increment,
    find: 'if (rest === 0 || rounding === "down") return completed;',
    replace: 'if (rounding === "down") return completed;',
    breaks: "60 seconds cost two minutes",
  },
  {
    name: "the initial increment is as long as the others",
    file: increment,
    find: "tariff.initialIncrementSeconds + (count - 1) * tariff.incrementSeconds;",
    replace: "count * tariff.incrementSeconds;",
    breaks: "30/6",
  },
  {
    name: "a whole coin is rounded up",
    file: increment,
    find: "return (sixtieths + 59n) / 60n;",
    replace: "return (sixtieths + 60n) / 60n;",
    breaks: "a coin too many",
  },
  {
    name: "half a coin is rounded down",
    file: increment,
    find: "(sixtieths + 30n) / 60n;",
    replace: "(sixtieths + 29n) / 60n;",
    breaks: "rounding to the nearest",
  },
  {
    name: "the price of an increment is that of its end",
    file: increment,
    find: "const offsetMs = (tariff.freeSeconds + secondsOf(tariff, this.done)) * 1000;",
    replace: "const offsetMs = (tariff.freeSeconds + secondsOf(tariff, this.done + 1)) * 1000;",
    breaks: "windows",
  },
  {
    name: "a window begins a minute late",
    file: tariff,
    find: "minute >= window.fromMinute &&",
    replace: "minute > window.fromMinute &&",
    breaks: "windows",
  },
  {
    name: "the week begins on the wrong day",
    file: tariff,
    find: "const epochWeekday = 4;",
    replace: "const epochWeekday = 5;",
    breaks: "windows by weekday",
  },
  {
    name: "the local clock runs the other way round",
    file: tariff,
    find: "+ tariff.utcOffsetMinutes;\n  const day = Math.floor(localMinute / dayMinutes);\n  const minute = localMinute - day * dayMinutes;\n  const weekday",
    replace:
      "- tariff.utcOffsetMinutes;\n  const day = Math.floor(localMinute / dayMinutes);\n  const minute = localMinute - day * dayMinutes;\n  const weekday",
    breaks: "windows in other time zones",
  },
  {
    name: "a window's price holds too long",
    file: tariff,
    find: "if (toMinute > minute && toMinute < edge) edge = toMinute;",
    replace: "",
    breaks: "the price after a window",
  },
  {
    name: "held money covers an increment too many",
    file: cover,
    find: 'return incrementsOf(tariff, Number(affordable), "down");',
    replace: 'return incrementsOf(tariff, Number(affordable), "up");',
    breaks: "I3: more is charged than held",
  },
  {
    name: "what is not enough for the minimum covers time",
    file: cover,
    find: "if (budget < 0n || placed < tariff.minimumCharge) return tariff.freeSeconds;",
    replace: "if (budget < 0n) return tariff.freeSeconds;",
    breaks: "I3",
  },
  {
    name: "the connect fee is not held",
    file: cover,
    find: "const price = tariff.connectFee + roundSixtieths(sixtieths",
    replace: "const price = roundSixtieths(sixtieths",
    breaks: "the first hold",
  },
  {
    name: "money that ran out while a grace was running is overlooked",
    file: charge,
    find: "return spentAt <= state.endedAt && spentAt < (state.endKnownAt ?? state.endedAt);",
    replace: "return spentAt < state.endedAt;",
    breaks: "the end that was told at once becomes another one",
  },
  {
    name: "the end of the money moves an end that was told",
    file: charge,
    find: "if (facts.decided !== null) return spentAt < state.endedAt;",
    replace: "if (facts.decided !== null) return true;",
    breaks: "I10",
  },
  {
    name: "an escrow pays seconds beyond its deposit",
    file: charge,
    find: "return isEscrow(terms) ? Math.min(cover ?? estimatedSeconds, estimatedSeconds) : cover;",
    replace: "return cover;",
    breaks: "the contract pays less than the bill",
  },
  {
    name: "the platform's share is rounded up",
    file: "core/src/settlement.ts",
    find: "(total * BigInt(terms.split.platformBasisPoints)) / 10_000n;",
    replace: "(total * BigInt(terms.split.platformBasisPoints) + 9_999n) / 10_000n;",
    breaks: "the split",
  },
];
