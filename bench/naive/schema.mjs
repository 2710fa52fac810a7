// The naive version's tables: a wallet with a balance and a held amount, and a row for whatever happens.
import { bigint, bigserial, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

const at = (name) => timestamp(name, { withTimezone: true, mode: "date" });
const coins = (name) => bigint(name, { mode: "bigint" });

export const wallets = pgTable("wallets", {
  userId: text("user_id").primaryKey(),
  balance: coins("balance").notNull(),
  held: coins("held").notNull(),
});

export const calls = pgTable(
  "calls",
  {
    id: text("id").primaryKey(),
    payerId: text("payer_id").notNull(),
    payeeId: text("payee_id").notNull(),
    status: text("status").notNull(),
    ratePerMinute: coins("rate_per_minute").notNull(),
    estimatedMinutes: integer("estimated_minutes").notNull(),
    heldCoins: coins("held_coins").notNull(),
    actualCoins: coins("actual_coins"),
    roomName: text("room_name").notNull(),
    requestedAt: at("requested_at").notNull(),
    acceptedAt: at("accepted_at"),
    payerJoinedAt: at("payer_joined_at"),
    payeeJoinedAt: at("payee_joined_at"),
    startedAt: at("started_at"),
    endedAt: at("ended_at"),
    endedBy: text("ended_by"),
    durationSeconds: integer("duration_seconds"),
  },
  (table) => [
    index("calls_payer").on(table.payerId, table.requestedAt),
    index("calls_payee").on(table.payeeId, table.requestedAt),
    index("calls_status").on(table.status),
  ],
);

export const holds = pgTable(
  "holds",
  {
    id: text("id").primaryKey(),
    callId: text("call_id").notNull(),
    userId: text("user_id").notNull(),
    amount: coins("amount").notNull(),
    status: text("status").notNull(),
    createdAt: at("created_at").notNull(),
    settledAt: at("settled_at"),
  },
  (table) => [uniqueIndex("holds_call").on(table.callId)],
);

export const ledger = pgTable(
  "ledger_entries",
  {
    id: bigserial("id", { mode: "bigint" }).primaryKey(),
    userId: text("user_id").notNull(),
    callId: text("call_id").notNull(),
    kind: text("kind").notNull(),
    amount: coins("amount").notNull(),
    balanceAfter: coins("balance_after").notNull(),
    createdAt: at("created_at").notNull(),
  },
  (table) => [
    index("ledger_user").on(table.userId, table.id),
    uniqueIndex("ledger_once").on(table.callId, table.kind, table.userId),
  ],
);

export const events = pgTable(
  "call_events",
  {
    id: bigserial("id", { mode: "bigint" }).primaryKey(),
    callId: text("call_id").notNull(),
    type: text("type").notNull(),
    userId: text("user_id"),
    connectionId: text("connection_id"),
    occurredAt: at("occurred_at").notNull(),
  },
  (table) => [index("events_call").on(table.callId)],
);

export const keys = pgTable("idempotency_keys", {
  key: text("key").primaryKey(),
  answer: jsonb("answer").notNull(),
  createdAt: at("created_at").notNull(),
});

/** The same tables as statements: the benchmark makes them without a migration tool. */
export const statements = [
  "create table wallets (user_id text primary key, balance bigint not null check (balance >= 0), held bigint not null check (held >= 0))",
  `create table calls (id text primary key, payer_id text not null, payee_id text not null, status text not null,
     rate_per_minute bigint not null, estimated_minutes int not null, held_coins bigint not null, actual_coins bigint,
     room_name text not null, requested_at timestamptz not null, accepted_at timestamptz, payer_joined_at timestamptz,
     payee_joined_at timestamptz, started_at timestamptz, ended_at timestamptz, ended_by text, duration_seconds int)`,
  "create index calls_payer on calls (payer_id, requested_at)",
  "create index calls_payee on calls (payee_id, requested_at)",
  "create index calls_status on calls (status)",
  `create table holds (id text primary key, call_id text not null, user_id text not null, amount bigint not null,
     status text not null, created_at timestamptz not null, settled_at timestamptz)`,
  "create unique index holds_call on holds (call_id)",
  `create table ledger_entries (id bigserial primary key, user_id text not null, call_id text not null, kind text not null,
     amount bigint not null, balance_after bigint not null, created_at timestamptz not null)`,
  "create index ledger_user on ledger_entries (user_id, id)",
  "create unique index ledger_once on ledger_entries (call_id, kind, user_id)",
  `create table call_events (id bigserial primary key, call_id text not null, type text not null, user_id text,
     connection_id text, occurred_at timestamptz not null)`,
  "create index events_call on call_events (call_id)",
  "create table idempotency_keys (key text primary key, answer jsonb not null, created_at timestamptz not null)",
];
