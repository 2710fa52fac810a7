// A session for the debug page, made of the real parts: a tutor of straw with a wallet of its own, a real deposit, real evidence.
import { createFairminuteClient, type FairminuteClient } from "../client/client.ts";
import type { CallJson } from "../client/wire.ts";
import { burnerWallet } from "./burner.ts";
import { deposit } from "./escrow.ts";
import { createChainRoutes } from "./routes.ts";
import type { EscrowWallet } from "./wallet.ts";

const tutor = { userId: "debug-tutor", name: "Debug Tutor", role: "creator" };
const lookAgainMs = 300;

/** The three ways in which a trial ends. */
export type TrialEnd = "ended" | "connection-lost" | "heartbeat-timeout";

export type Trial = { callId: string; studentId: string; tutorClient: FairminuteClient };

type World = {
  client: FairminuteClient;
  wallet: EscrowWallet;
  userId: string;
  say: (text: string) => void;
  baseUrl: string;
};

async function link(client: FairminuteClient, wallet: EscrowWallet): Promise<void> {
  const routes = createChainRoutes(client.request);
  const known = await routes.readWallet();
  if (known?.address.toLowerCase() === wallet.address.toLowerCase()) return;
  const { message } = await routes.askChallenge(wallet.address);
  await routes.linkWallet({ message, signature: await wallet.signMessage(message) });
}

/** A tutor who has a wallet and accepts by itself. */
async function seatTutor({ client, say, baseUrl }: World): Promise<FairminuteClient> {
  const token = await client.createSandboxToken(tutor);
  const tutorClient = createFairminuteClient({ baseUrl, token });
  const { chainId, rpcUrl } = await createChainRoutes(client.request).readSandboxChain();
  const rpc = new URL(baseUrl + rpcUrl, location.href).href;
  const wallet = await burnerWallet({ userId: tutor.userId, chainId, rpcUrl: rpc });
  await link(tutorClient, wallet);
  await tutorClient.writeCreatorSettings({ isAvailableForCalls: true, autoAcceptCalls: true, minimumCallDuration: 0 });
  say(`${tutor.name} is there, with the wallet ${wallet.address}`);
  return tutorClient;
}

const tell = (client: FairminuteClient, callId: string, events: object[]) =>
  client.request<{ call: CallJson }>("POST", `/api/sandbox/calls/${callId}/events`, events, { repeatable: true });

const bothOf = ({ studentId }: Pick<Trial, "studentId">) => [studentId, tutor.userId];

/** Makes a session: wallets, call, deposit, and both are there. */
export async function beginTrial(world: World): Promise<Trial> {
  const { client, wallet, userId, say } = world;
  const routes = createChainRoutes(client.request);
  const tutorClient = await seatTutor(world);
  await link(client, wallet);
  await routes.fundAddress(wallet.address);
  say(`You have test coins in ${wallet.address}`);
  const call = await routes.callTutor({ creatorId: tutor.userId, estimatedMinutes: 10, languageId: 1 });
  say(`The call ${call.id} is accepted`);
  const onStep = (step: string, hash: string | null) =>
    say(hash === null ? `Deposit: ${step}` : `Deposit: ${step} ${hash}`);
  await deposit(wallet, await routes.readEscrow(call.id), { onStep, now: client.serverClock.now() });
  for (;;) {
    const { fundedAt } = await client.readCall(call.id);
    if (fundedAt !== null) break;
    await new Promise((done) => setTimeout(done, lookAgainMs));
  }
  say("The deposit is confirmed");
  const trial = { callId: call.id, studentId: userId, tutorClient };
  await tell(
    client,
    call.id,
    bothOf(trial).map((one) => ({ type: "participant.joined", userId: one })),
  );
  say("Both are there: the session runs");
  return trial;
}

/** Lets the sandbox's time pass, and the chain's with it. */
export function letPass(client: FairminuteClient, seconds: number): Promise<unknown> {
  return client.request("POST", "/api/sandbox/clock/advance", { seconds }, { repeatable: true });
}

/** Ends the session in one of the three ways. A lost connection is left to its grace: 30 s, or until the clock is moved. */
export async function endTrial(client: FairminuteClient, trial: Trial, end: TrialEnd): Promise<void> {
  const { callId, tutorClient } = trial;
  if (end === "ended") return void (await tutorClient.endCall(callId));
  if (end === "connection-lost")
    return void (await tell(client, callId, [
      { type: "participant.left", userId: tutor.userId, reason: "connection_lost" },
    ]));
  await tell(
    client,
    callId,
    bothOf(trial).map((userId) => ({ type: "participant.seen", userId })),
  );
  await letPass(client, 60);
}
