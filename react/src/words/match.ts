// The texts of matchmaking and of penalties, in English.

/** Part of `english`; another language has the same shape. */
export const matchWords = {
  intro:
    "You are matched with the next person who looks for somebody too, and go straight into a video call. It is free.",
  topic: "Topic",
  topicHint: "Optional. You meet somebody with the same topic, or with none.",
  language: "Language",
  anyLanguage: "Any",
  find: "Find somebody",
  finding: "One moment…",
  waiting: "Looking for somebody…",
  waitingTopic: (topic: string) => `Looking for somebody to talk to about ${topic}…`,
  waitingText:
    "You go into the call as soon as somebody is there. You can look around meanwhile; keep this window open.",
  elapsed: "Waiting for",
  stop: "Stop looking",
  stopping: "Stopping…",
  foundTitle: (name: string) => `You are matched with ${name}`,
  foundText: "The call is open and waits for you.",
  toCall: "Go to the call",
  bannerWaiting: "You are looking for somebody.",
};

/** What is told of penalties, before and after. */
export const penaltyWords = {
  /** The condition, before it is broken. */
  earlyExitRule: (within: string, amount: string) => `Ending the call on purpose within ${within} costs ${amount}.`,
  firstFree: (count: number) => (count === 1 ? "The first time is free." : `The first ${count} times are free.`),
  grows: (amount: string) => `Each further time costs ${amount} more.`,
  period: (duration: string) => `Times within ${duration} are counted.`,
  earlyExit: (amount: string, one: boolean, after: string, before: string) =>
    `Early exit: ${amount} ${one ? "was" : "were"} taken because you ended the call after ${after}, before ${before}.`,
  /** A policy that has no sentence of its own: the server's reason. */
  other: (amount: string, one: boolean, reason: string) =>
    `Penalty: ${amount} ${one ? "was" : "were"} taken because you ${reason}.`,
  reversed: "Given back",
  reversedBecause: (reason: string) => `Given back: ${reason}`,
  close: "Close this message",
};
