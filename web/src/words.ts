// The texts of the app around the components; theirs are in @fairminute/react.
export const words = {
  name: "Fairminute",
  navigation: "Main",
  nav: { people: "People", tutors: "Tutors", match: "Match", study: "Study", wallet: "Wallet", history: "History" },
  call: "Call",
  receipt: "Receipt",
  skip: "Skip to content",
  sandbox: "Sandbox",
  sandboxHint: "Everything is for trying out: coins are free and worth nothing.",
  themeToDark: "Use dark theme",
  themeToLight: "Use light theme",
  switchPerson: (name: string) => `${name}: switch person`,
  notFoundTitle: "There is nothing here",
  notFoundText: "The address may be mistyped, or belong to a call of somebody else.",
  toPeople: "Go to people",

  choose: {
    title: "Who are you?",
    intro: "This is a sandbox: anybody may be anybody. Open a second window and be somebody else to call yourself.",
    known: "People to try",
    roles: {
      creator: "Takes calls",
      fan: "Makes calls",
    },
    other: "Somebody else",
    name: "Your name",
    takesCalls: "I take calls",
    takesCallsHint: "You are listed with a price, and can change it.",
    enter: "Continue",
    invalid: "Use letters, digits, spaces, dots or dashes.",
    expired: "You were signed out because the token is no longer valid.",
  },

  production: {
    title: "Sign in through your app",
    intro:
      "This server runs in production. Your own app signs people in and gives them a token; paste one here to look around.",
    token: "Token",
    enter: "Use token",
  },

  match: { title: "Meet somebody" },

  tutors: { title: "Lessons paid on the chain" },

  lab: {
    title: "Debug",
    noChain: "This sandbox has no chain. Start it with one: npm start -- --chain",
    time: "Time on the chain",
    timeHint: "Blocks tell the sandbox's time: moving it moves both.",
    block: "Block",
    move: (duration: string) => `+ ${duration}`,
    balances: "Balances",
    who: "Who",
    address: "Address",
    gas: "Gas",
    events: "Events of the escrow",
    noEvents: "Nothing has happened yet.",
    transaction: "Transaction",
    contract: "The contract",
    reads: "Ask",
    writes: "Send",
    needsWallet: "Connect a wallet above to ask and to send.",
    read: "Ask",
    send: "Send",
  },

  home: {
    title: "People",
    empty: "Open a second window, be Mia or Noor there, and they appear here.",
    goCalling: "See who is available",
  },
};
