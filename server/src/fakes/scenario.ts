// Small plays for a fake provider beside a real server: who comes, who goes, what breaks, and what must come out.

/** A provider that a play is given at. */
export const fakeNames = ["livekit", "stream"] as const;
export type FakeName = (typeof fakeNames)[number];

/** What can be broken in a play: webhooks that are lost or come twice and backwards, an API that is away or wrong. */
export type Break = "webhooks lost" | "webhooks doubled" | "api down" | "api says nobody";

/** Two people, a room at the provider, and the server that charges the call in it. */
export interface Play {
  readonly fan: string;
  readonly creator: string;
  /** How long they talk where the play does not say, in seconds. */
  readonly talkSeconds: number;
  /** How long people are in the room before anything is heard or seen of them. It is not billed. */
  readonly mediaAfterSeconds: number;
  say(text: string): void;
  /** Makes the room, and registers its call with the server, which only charges it. */
  register(): Promise<void>;
  /** Makes the room as an app does that tells the server nothing. */
  makeRoom(): Promise<void>;
  enter(userId: string): void;
  /** They press the button. */
  leave(userId: string): void;
  /** Their network goes: the provider notices by itself. */
  lose(userId: string): void;
  /** They come again with a new connection. */
  reconnect(userId: string): void;
  set(what: Break, isBroken: boolean): void;
  /** Time passes. */
  wait(seconds: number): Promise<void>;
  /** The app ends the call over our API, for one of its people. */
  end(userId: string): Promise<void>;
  /** Somebody presses "end for all" at the provider. */
  endForAll(userId: string): void;
  isInside(userId: string): boolean;
}

export interface Scenario {
  /** One line for the list. */
  title: string;
  /** Where it can be played; everywhere when absent. */
  at?: FakeName;
  /** What should come out, in a sentence. */
  outcome: string;
  play(play: Play): Promise<void>;
}

/** Long enough for a grace to pass and for late evidence to arrive. */
const SETTLED_SECONDS = 70;

/** Somebody comes, by whatever way, and is there: who has opened a socket is not there yet. */
async function come(play: Play, userId: string, way: "enter" | "reconnect" = "enter"): Promise<void> {
  play[way](userId);
  if (play.mediaAfterSeconds > 0) await play.wait(play.mediaAfterSeconds);
}

async function meet(play: Play): Promise<void> {
  await play.register();
  play.enter(play.fan);
  await play.wait(2);
  await come(play, play.creator);
  play.say(`${play.fan} and ${play.creator} are in the room: the call runs.`);
}

async function part(play: Play): Promise<void> {
  play.leave(play.fan);
  play.say(`${play.fan} hangs up, ${play.creator} goes too.`);
  play.leave(play.creator);
  await play.wait(SETTLED_SECONDS);
}

const scenarios = {
  talk: {
    title: "two people join, talk, and one hangs up",
    outcome: "Charged for the seconds in which both were there, on the webhooks' word.",
    async play(play) {
      await meet(play);
      await play.wait(play.talkSeconds);
      await part(play);
    },
  },
  reconnect: {
    title: "somebody's connection breaks and they come back in ten seconds",
    outcome: "One call. The ten seconds are not charged.",
    async play(play) {
      await meet(play);
      await play.wait(20);
      play.lose(play.fan);
      play.say(`${play.fan}'s connection is lost.`);
      await play.wait(10);
      await come(play, play.fan);
      play.say(`${play.fan} is back.`);
      await play.wait(play.talkSeconds);
      await come(play, play.creator, "reconnect");
      play.say(
        `${play.creator} changes networks: a new connection replaces the old one at once, and that is no leave.`,
      );
      await play.wait(10);
      await part(play);
    },
  },
  "lost-left": {
    title: "the webhooks of the end are lost for good",
    outcome: "The call ends at the last look that saw both, at most one interval too early.",
    async play(play) {
      await meet(play);
      await play.wait(play.talkSeconds);
      play.set("webhooks lost", true);
      play.say("From here on not one webhook arrives.");
      await part(play);
    },
  },
  "no-webhooks": {
    title: "not one webhook arrives, from the first to the last",
    outcome: "Looks alone meter the call, off by one interval at most, to the payer's favour.",
    async play(play) {
      play.set("webhooks lost", true);
      await meet(play);
      await play.wait(play.talkSeconds);
      await part(play);
    },
  },
  outage: {
    title: "the server's receiver is away for a minute in mid-call",
    outcome: "The gap in that minute is found by looks; everything else is exact.",
    async play(play) {
      await meet(play);
      await play.wait(20);
      play.set("webhooks lost", true);
      play.say("The receiver is away.");
      await play.wait(15);
      play.lose(play.fan);
      await play.wait(8);
      await come(play, play.fan);
      play.say(`${play.fan} was gone for 8 seconds, and nobody told.`);
      await play.wait(37);
      play.set("webhooks lost", false);
      play.say("The receiver is back. What was sent meanwhile never comes again.");
      await play.wait(play.talkSeconds);
      await part(play);
    },
  },
  doubled: {
    title: "every webhook comes twice, the last first",
    outcome: "The same bill as without.",
    async play(play) {
      play.set("webhooks doubled", true);
      await meet(play);
      await play.wait(play.talkSeconds);
      await part(play);
    },
  },
  "api-down": {
    title: "the provider cannot be reached, and nobody learns that they left",
    outcome: "The call ends when its money does, and its room is closed as soon as the provider is back.",
    async play(play) {
      await meet(play);
      await play.wait(20);
      play.set("webhooks lost", true);
      play.set("api down", true);
      play.say("The provider's API is down, and its webhooks are lost.");
      await play.wait(900);
      play.say(
        "The money was used up meanwhile, so the call is over; fairminute reconcile shows that its room is not closed.",
      );
      play.set("api down", false);
      await play.wait(120);
      play.say(`It is back. ${play.fan} is ${play.isInside(play.fan) ? "still in" : "out of"} the room.`);
    },
  },
  "api-lies": {
    title: "for a while the provider says that nobody is there",
    outcome: "That is refuted by the next look, and no second is lost.",
    async play(play) {
      await meet(play);
      await play.wait(20);
      play.set("api says nobody", true);
      play.say("Asked who is there, the provider says: nobody.");
      await play.wait(10);
      play.set("api says nobody", false);
      await play.wait(play.talkSeconds);
      await part(play);
    },
  },
  "comes-back": {
    title: "after the end somebody comes back into the room",
    // Stream lets nobody into a call that has ended.
    at: "livekit",
    outcome: "Charged up to the end; who comes back is removed.",
    async play(play) {
      await meet(play);
      await play.wait(play.talkSeconds);
      await play.end(play.fan);
      play.say(`${play.fan} ends the call in the app.`);
      await play.wait(5);
      await come(play, play.fan);
      await play.wait(20);
      play.say(`${play.fan} came back, and is ${play.isInside(play.fan) ? "still in" : "out of"} the room.`);
      await play.wait(SETTLED_SECONDS);
    },
  },
  "early-exit": {
    title: "a match that nobody registered, ended on purpose after 30 seconds",
    at: "stream",
    outcome: "The call is found by its webhooks, and whoever ended it pays one coin.",
    async play(play) {
      await play.makeRoom();
      play.enter(play.fan);
      play.enter(play.creator);
      play.say(`${play.fan} and ${play.creator} are matched. The server was told nothing beforehand.`);
      await play.wait(30);
      play.endForAll(play.fan);
      play.say(`${play.fan} ends the call for both.`);
      await play.wait(SETTLED_SECONDS);
    },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

export function scenarioOf(name: ScenarioName): Scenario {
  return scenarios[name];
}
