// Every text of calls that are paid on a chain, in English. Another language is another object of this shape.

/** Amounts and times of a way, written; null where they are not known. */
type WayTold = {
  /** No second is paid for: all goes back. */
  isFree: boolean;
  time: string | null;
  price: string | null;
  toTutor: string | null;
  toStudent: string | null;
  window: string | null;
};

/** A claim or dispute: what was claimed, its price, the last instant. */
type StandingTold = { time: string; price: string; until: string };

type WayWords = { label: string; hint: (told: WayTold) => string };

const pays = ({ isFree, time, price, toStudent }: WayTold): string => {
  if (isFree) return `Nothing is paid: ${toStudent} come back to you.`;
  return price === null || time === null ? "" : `You pay ${price} for ${time}; ${toStudent} come back to you.`;
};
const gets = ({ isFree, time, price, toTutor }: WayTold): string => {
  if (isFree) return "Nothing is paid: the whole deposit goes back to the student.";
  if (price === null || time === null) return "";
  return `You get ${toTutor} of the ${price} for ${time}; the rest goes back to the student.`;
};

const studentWays = {
  voucher: { label: "Pay by the meter's voucher", hint: pays },
  clock: {
    label: "Pay by the contract's clock",
    hint: ({ time, price }: WayTold) =>
      price === null
        ? "The time since your deposit is paid, at most all of it. The meter asks for no more than that."
        : `The whole time since your deposit is paid: ${time} so far, ${price}. The meter asks for no more than that.`,
  },
  claim: { label: "Claim by the contract's clock", hint: gets },
  agree: { label: "Agree to the claim and pay it", hint: pays },
  dispute: {
    label: "Dispute the claim",
    hint: ({ window }: WayTold) =>
      `Moves no coin. Then only the meter's word is paid; if it stays away for ${window ?? "the window"}, your whole deposit comes back.`,
  },
  settle: { label: "Settle", hint: pays },
  reclaim: {
    label: "Reclaim the deposit",
    hint: ({ toStudent }: WayTold) =>
      `Nobody has ended the session in time: ${toStudent ?? "the deposit"} come back to you, less what was proven to the contract.`,
  },
} satisfies Record<string, WayWords>;

const tutorWays: Record<keyof typeof studentWays, WayWords> = {
  ...studentWays,
  voucher: { label: "Get paid by the meter's voucher", hint: gets },
  claim: {
    label: "Claim by the contract's clock",
    hint: ({ time, toTutor, window }: WayTold) =>
      toTutor === null
        ? "The student can dispute the claim; undisputed it can be settled after the window."
        : `You claim ${time}: ${toTutor} for you. The student can dispute that for ${window}; undisputed it can be settled afterwards.`,
  },
  settle: { label: "Settle", hint: gets },
};
export const chainWords = {
  wallet: {
    title: "Your wallet",
    intro:
      "Lessons are paid from a wallet on the chain. Link yours once: you sign a sentence, and nothing is sent or paid.",
    linked: "Linked",
    notLinked: "No wallet is linked to you yet.",
    choose: "Choose a wallet",
    burner: "Burner wallet",
    burnerHint: "Made in this browser, for free coins of the sandbox only.",
    injectedHint: "Installed in this browser.",
    none: "No wallet was found in this browser. Install one and reload, or use a browser that has one.",
    link: (name: string) => `Link ${name}`,
    linking: "Waiting for your signature…",
    other: (address: string) => `You are linked with ${address}. Connect that wallet to pay.`,
    connect: (name: string) => `Connect ${name}`,
    faucet: "Get test coins",
    faucetBusy: "Getting test coins…",
    balance: "Test coins",
    address: "Address",
    chain: "Chain",
  },

  tutors: {
    title: "Lessons paid on the chain",
    intro:
      "You deposit the price of the longest time into a contract, are taught, and pay only the seconds that you were both there.",
    howLong: "How long at most?",
    call: (name: string) => `Call ${name}`,
    calling: "Calling…",
    deposited: (perMinute: string, amount: string) => `${perMinute} · ${amount} deposited at most, the rest comes back`,
    tutorLinked: "Your wallet is linked: students can call you, and payments arrive there.",
    tutorUnlinked: "Link a wallet, and students can call you for lessons that are paid on the chain.",
  },

  deposit: {
    title: (name: string) => `Deposit for your lesson with ${name}`,
    intro: "The call opens when the deposit is confirmed. What you do not use comes back when it ends.",
    price: "Price",
    longest: "Longest time",
    amount: "Deposit",
    tutor: "Tutor's wallet",
    contract: "Contract",
    confirm: (amount: string) => `Deposit ${amount}`,
    waitingFor: (name: string) => `Waiting for ${name}'s deposit`,
    waitingText: "The call opens for both of you when it is confirmed on the chain.",
    confirming: (seen: number, needed: number) => `In a block. ${seen} of ${needed} confirmations.`,
    looking: "In a block. The server is looking for it.",
    cancel: "Cancel call",
  },

  /** Deposits beside the right one: they open nothing, and stand in its way. */
  other: {
    title: "A deposit of yours does not fit this call",
    wrong: (amount: string, reason: string) =>
      `You have deposited ${amount}, but ${reason}. So it does not open the call.`,
    unknown: (amount: string) => `You have a deposit of ${amount} with this tutor that belongs to no call here.`,
    earlier: (amount: string) =>
      `Your deposit of ${amount} for an earlier lesson with this tutor is still in the contract, which lets only one run at a time. See that one through first.`,
    reason: (field: string, found: string, expected: string) => `${field} is ${found} there and ${expected} here`,
    fields: {
      ratePerMinute: "the price of a minute",
      maxSeconds: "the longest time",
      token: "the token",
      tutor: "the tutor's wallet",
      student: "your wallet",
      languageId: "the language",
      requestId: "the call's name",
      deposit: "the sum",
    } as Readonly<Record<string, string>>,
    anotherToken: (amount: string) => `${amount} smallest units of another token`,
    endNow: (price: string, rest: string) =>
      `End it now: ${price} are paid for the time since the deposit, and ${rest} come back to you.`,
    endUnknown: "End it now: the time since the deposit is paid, and the rest comes back to you.",
    agree: (price: string, rest: string) =>
      `The tutor claims ${price} of it. End it by agreeing, and ${rest} come back to you.`,
    reclaimNow: "Its time is over: all of it comes back to you.",
    end: "End it and get the rest back",
    reclaim: "Reclaim it",
    seeThrough: "Pay that lesson",
    otherWallet: (address: string) => `Connect the wallet ${address} to end it.`,
    done: "Ended. The rest is back in your wallet.",
  },

  standing: {
    claimed: {
      student: {
        running: ({ time, price, until }: StandingTold) =>
          `The tutor has stopped the contract's clock and claims ${time}: ${price}. You can dispute that until ${until}.`,
        over: ({ time, price }: StandingTold) =>
          `The tutor claims ${time}: ${price}. The time to dispute is over, and anybody can settle the claim now.`,
      },
      tutor: {
        running: ({ time, price, until }: StandingTold) =>
          `You have claimed ${time}: ${price}. The student can dispute that until ${until}; afterwards you can settle it.`,
        over: ({ time, price }: StandingTold) =>
          `You have claimed ${time}: ${price}. Nobody disputed it in time: you can settle it now.`,
      },
    },
    disputed: {
      student: {
        running: ({ time, until }: StandingTold) =>
          `You dispute the tutor's claim of ${time}. Only the meter's word is paid now; without it until ${until}, your whole deposit comes back.`,
        over: ({ time }: StandingTold) =>
          `You dispute the tutor's claim of ${time}, and the meter's time to answer is over: settle it, and your deposit comes back.`,
      },
      tutor: {
        running: ({ time, until }: StandingTold) =>
          `The student disputes your claim of ${time}. Only the meter's word is paid now; show it until ${until}.`,
        over: ({ time }: StandingTold) =>
          `The student disputes your claim of ${time}. The meter's time to answer is over; its word is still paid until somebody settles.`,
      },
    },
  },

  ways: {
    title: "What else the contract allows you",
    cost: "Each is a transaction from your wallet and costs the chain's own fee.",
    until: (instant: string) => `Possible until ${instant}.`,
    from: (instant: string) => `From ${instant}.`,
    student: studentWays as Record<keyof typeof studentWays, WayWords>,
    tutor: tutorWays,
  },

  waiting: {
    title: (amount: string) => `${amount} wait for you in the contract.`,
    why: "They could not be sent to your wallet. Nobody else can take them.",
    to: "Send them to",
    take: "Withdraw",
  },

  steps: {
    switching: "Asking your wallet to change the chain…",
    allowing: "Waiting for your wallet: allow the contract to take the deposit…",
    signing: "Waiting for your wallet…",
    sent: "Sent. Waiting for a block…",
    ending: "Ending the call…",
    voucher: "The call has ended. Waiting for the meter's signature…",
    confirming: "In a block. Waiting for the server to confirm…",
    paid: "Paid",
  },

  status: {
    label: "Lesson",
    active: "In progress",
    waiting: "Not started",
    ended: "Ended, payment is due",
    paying: "Paying",
    lost: (seconds: string) => `Connection lost. You will be asked to pay in ${seconds}.`,
    end: "End session",
    pay: "Pay",
    with: (name: string) => `with ${name}`,
  },

  prompt: {
    title: "End session and pay",
    paidTitle: "The session is paid",
    freeTitle: "The session is closed, and nothing was to pay",
    why: {
      ended:
        "The call has ended. The tutor is paid for the time that you were both there, and the rest of the deposit goes back to the student.",
      "connection-lost":
        "The connection was lost and did not come back within 30 seconds. The time until then has to be paid for, and the rest of the deposit goes back to the student.",
      "heartbeat-timeout":
        "Nothing was heard of one side any more. The time until then has to be paid for, and the rest of the deposit goes back to the student.",
      "by-hand":
        "You are ending the session. The tutor is paid for the time that you were both there, and the rest of the deposit goes back to the student.",
    },
    duration: "Duration",
    participants: "Participants",
    tutorOf: (name: string) => `${name}, tutor`,
    studentOf: (name: string) => `${name}, student`,
    id: "Session",
    price: "To pay",
    priceOpen: "Known when the call has ended",
    back: "Back of the deposit",
    transaction: "Transaction",
    pay: "End Session & Pay",
    paying: "Paying…",
    later: "Not now",
    goOn: "Go on talking",
    close: "Close",
    receipt: "View receipt",
    connect: "Connect your wallet to pay.",
    away: "The server does not answer. The payment does not need it:",
  },

  receipt: {
    title: "On the chain",
    transaction: "Transaction",
    block: "Block",
    ending: "Ended by",
    endings: {
      time: "the contract's clock",
      voucher: "the meter's voucher",
      claim_lapsed: "the tutor's claim",
      dispute_lapsed: "a dispute that lapsed",
      reclaimed: "the student's reclaim",
    },
    paid: "Paid to the tutor",
    fee: "Platform's fee",
    returned: "Returned to the student",
    due: "Payment is due. It is made by either of you from the wallet.",
    see: "See the payment through",
    differs: "The session was ended otherwise than by the meter's word: what the contract paid is what counts.",
  },

  refusals: {
    rejected: "You declined in your wallet. Nothing was sent.",
    pending: "Your wallet is asking already: open it and answer there.",
    noGas: "The wallet has not enough of the chain's coin for the transaction.",
    reverted: "The chain carried the transaction out and refused it. Nothing was paid.",
    byContract: (name: string) => `The contract refused: ${name}.`,
    contract: {
      ERC20InsufficientBalance: "The wallet has not enough tokens for the deposit.",
      SessionRunning: "You have another running session with this tutor. End that one first.",
      SessionExists: "The deposit for this call was made already.",
      WrongStatus: "The session is closed on the chain already.",
      NoRunningSession: "There is no running session with this tutor on the chain.",
      NotYours: "This wallet has no part in the session.",
      TooEarly: "It is too early for that: the contract's clock is not there yet.",
      TooLate: "It is too late for that: the contract's window is over.",
      NothingWaiting: "Nothing waits for this wallet any more.",
      WithdrawalRefused: "That address did not take the payment. It goes on waiting: name another one.",
      BadReceiver: "Nothing can be sent to that address: name another one.",
      LowerThanProven: "More seconds were proven to the contract already.",
    } as const,
  },

  test: {
    title: "WebRTC session test",
    intro: "Make a session on the sandbox's chain, end it in one of three ways, and follow it to the transaction.",
    start: "Make a session",
    starting: "Making a session…",
    endings: {
      ended: "End by user",
      "connection-lost": "Lose the connection",
      "heartbeat-timeout": "Heartbeat timeout",
    },
    advance: (minutes: number) => `Talk ${minutes} min`,
    log: "What happened",
    state: "State",
    none: "No session",
    idle: "Make a session to begin.",
  },
};

export type ChainWords = typeof chainWords;
