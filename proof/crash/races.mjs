// Two servers asked at the same instant for things that exclude each other: exactly one of them happens.

/** So many pairs of people race beside each other. */
const lanes = 24;
const minutes = 5;
const rate = 10;
const hold = minutes * rate;
const reportEvery = 500;

/** Runs `race(lane, number)` so often over all lanes. @returns how many were run */
async function raceAll(times, { isOver, tick }, race) {
  let begun = 0;
  let done = 0;
  const runLane = async (lane) => {
    while (begun < times && !isOver()) {
      begun += 1;
      await race(lane, begun);
      done += 1;
      if (done % reportEvery === 0) tick(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, times) }, (_, lane) => runLane(lane)));
  return done;
}

/** People for every lane: a payer with so many coins, and the creator whom they call. */
async function openRace(context, name, coins) {
  const stage = await context.open(name, { clients: 0 });
  const creator = await stage.load.become("mia");
  const fans = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    const fan = await stage.load.become(`${name}-${lane}`);
    await stage.load.topUp(fan, coins);
    fans.push(fan);
  }
  /** A command at one certain server. */
  const postAt = (server, path, person, body = {}, key = stage.load.nextKey()) =>
    stage.load.insist("POST", path, { token: person.token, key, body, at: server });
  return { ...stage, creator, fans, postAt };
}

function sumUp(outcomes) {
  return Object.fromEntries([...outcomes].sort());
}

/** What may happen to one call at once at two servers, and how many of the two may succeed. */
const duels = [
  { words: ["accept", "cancel"], ofPayee: [true, false] },
  { words: ["accept", "reject"], ofPayee: [true, true] },
  { words: ["reject", "cancel"], ofPayee: [true, false] },
  { words: ["cancel", "cancel"], ofPayee: [true, false] },
  { words: ["end", "end"], ofPayee: [true, false], isActive: true },
  { words: ["end", "cancel"], ofPayee: [false, true], isActive: true },
];

/** Two answers of 200 must tell of one call that both can be true of; the final one is the same for both. */
function checkDuel({ book }, id, duel, answers, final) {
  const succeeded = answers.filter(({ status }) => status === 200);
  const where = `${id} ${duel.words.join(" and ")}: ${answers.map(({ status }) => status)} then ${final.status}`;
  if (succeeded.length === 0) book.accuse("a race that nobody won", where);
  for (const { body } of succeeded) {
    if (
      body.call.settledAt !== null &&
      (body.call.status !== final.status || body.call.actualCoins !== final.actualCoins)
    )
      book.accuse("two winners of one race", where);
  }
  for (const { status, text } of answers) {
    if (status !== 200 && status !== 409) book.accuse("a race with a strange answer", `${where} ${text}`);
  }
}

/** Two commands that exclude each other, at two servers at once, on one call. */
export async function raceOnOneCall(context, times) {
  const race = await openRace(context, "races_call", 1_000_000);
  const { book, creator, fans, postAt, load } = race;
  const outcomes = new Map();
  const duelOnce = async (lane, number) => {
    const fan = fans[lane];
    const duel = duels[number % duels.length];
    // The opening itself is a race: one request with one key at both servers is one call.
    const key = load.nextKey();
    const body = { creatorId: "mia", estimatedMinutes: minutes };
    const [one, other] = await Promise.all([0, 1].map((at) => postAt(at, "/api/calls/initiate", fan, body, key)));
    if (one.text !== other.text) book.accuse("one key with two answers", `${one.text}\n${other.text}`);
    const { call } = one.body;
    book.open(call);
    if (duel.isActive) {
      await postAt(0, `/api/calls/${call.id}/accept`, creator);
      const events = [fan, creator].map(({ userId }) => ({
        type: "participant.joined",
        userId,
        connectionId: `${call.id}-${userId}`,
      }));
      // Each side's coming is told to another server at the same instant.
      await Promise.all(events.map((event, at) => postAt(at, `/api/sandbox/calls/${call.id}/events`, fan, [event])));
    }
    const people = duel.ofPayee.map((isPayee) => (isPayee ? creator : fan));
    const answers = await Promise.all(
      duel.words.map((word, at) => postAt((at + number) % 2, `/api/calls/${call.id}/${word}`, people[at])),
    );
    const last = await postAt(number % 2, `/api/calls/${call.id}/end`, fan);
    if (last.status !== 200) return book.accuse("an end that was refused", `${call.id}: ${last.text}`);
    book.close(last.body.call);
    checkDuel(race, call.id, duel, answers, last.body.call);
    const name = `${duel.words.join("|")} ${last.body.call.status}`;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  };
  try {
    const done = await raceAll(times, context, duelOnce);
    return { done, outcomes: sumUp(outcomes), ...(await race.finish()) };
  } finally {
    await race.stop();
  }
}

/** A balance that pays for one call, and two calls at once at two servers: one is opened, one is refused. */
export async function raceOnOneBalance(context, times) {
  const race = await openRace(context, "races_balance", hold);
  const { book, fans, postAt, load } = race;
  const left = new Map(fans.map((fan) => [fan.userId, hold]));
  const body = { creatorId: "mia", estimatedMinutes: minutes };
  const outcomes = new Map();
  const raceOnce = async (lane) => {
    const fan = fans[lane];
    const answers = await Promise.all([0, 1].map((at) => postAt(at, "/api/calls/initiate", fan, body)));
    const won = answers.filter(({ status }) => status === 201);
    const name = answers.map(({ status }) => status).join(" ");
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    for (const { body: answer } of won) book.open(answer.call);
    const statuses = [...answers.map(({ status }) => status)].sort().join(" ");
    if (statuses !== "201 402")
      book.accuse("two calls on the balance of one", `${fan.userId} ${left.get(fan.userId)}: ${statuses}`);
    for (const { body: answer } of won) {
      const cancelled = await postAt(lane % 2, `/api/calls/${answer.call.id}/cancel`, fan);
      if (cancelled.status === 200) book.close(cancelled.body.call);
      else book.accuse("a cancel that was refused", cancelled.text);
    }
    const wallet = await load.insist("GET", "/api/wallet", { token: fan.token });
    if (wallet.body.available !== hold || wallet.body.held !== 0)
      book.accuse("a wallet that is not what its calls make it", wallet.text);
  };
  try {
    const done = await raceAll(times, context, raceOnce);
    return { done, outcomes: sumUp(outcomes), ...(await race.finish()) };
  } finally {
    await race.stop();
  }
}
