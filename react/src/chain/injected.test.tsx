// Wallets of the browser: found whenever they announce themselves, told apart, connected, followed, and refused in a clear sentence.
// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { getAddress } from "viem";
import { afterEach, expect, test } from "vitest";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { settle } from "../../test/fakeServer.ts";
import { discoverWallets, type InjectedWallet } from "./injected.ts";
import { sayRefusal } from "./refusal.ts";
import { useWallets, WalletPicker } from "./WalletPicker.tsx";
import type { EscrowWallet } from "./wallet.ts";
import { chainWords } from "./words.ts";

const first = getAddress(`0x${"a1".repeat(20)}`);
const second = getAddress(`0x${"b2".repeat(20)}`);

type Listener = (told: unknown) => void;

/** A wallet extension as a page meets it (EIP-1193): it answers what it is asked, and tells of changes. */
function extension(accounts: string[] = [first]) {
  const listeners = new Map<string, Set<Listener>>();
  const asked: string[] = [];
  const on = { refuse: null as { code: number; message: string } | null, chainId: "0x7a69" };
  const provider = {
    async request({ method }: { method: string }) {
      asked.push(method);
      if (on.refuse !== null) throw Object.assign(new Error(on.refuse.message), on.refuse);
      if (method === "eth_requestAccounts") return accounts;
      if (method === "eth_chainId") return on.chainId;
      if (method === "personal_sign") return "0x51";
      throw new Error(`the extension knows no ${method}`);
    },
    on: (event: string, listener: Listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener: (event: string, listener: Listener) => void listeners.get(event)?.delete(listener),
  };
  const tell = (event: string, told: unknown) => {
    for (const listener of listeners.get(event) ?? []) listener(told);
  };
  const heard = () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0);
  return { provider, asked, on, tell, heard };
}

const announce = (place: EventTarget, detail: unknown) =>
  place.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
const info = (uuid: string, rdns: string, name: string) => ({ uuid, rdns, name, icon: "data:image/svg+xml,<svg/>" });

/** Listens at a place of its own. */
function listen(place = new EventTarget()) {
  const seen: InjectedWallet[][] = [];
  const stop = discoverWallets((wallets) => seen.push(wallets), place);
  return { place, seen, stop, names: () => seen.at(-1)?.map(({ id, name }) => `${name} ${id}`) ?? [] };
}

afterEach(() => {
  cleanup();
  localStorage.clear();
});

test("those that are there answer the request; those that come later announce themselves; both are found", () => {
  const place = new EventTarget();
  const early = extension();
  place.addEventListener("eip6963:requestProvider", () =>
    announce(place, { info: info("u1", "io.early", "Early"), provider: early.provider }),
  );
  // Before anybody asked: nobody listens yet, and the request brings it again.
  announce(place, { info: info("u1", "io.early", "Early"), provider: early.provider });
  const { names, seen, stop } = listen(place);
  expect(names()).toEqual(["Early io.early"]);
  announce(place, { info: info("u2", "io.late", "Late"), provider: extension().provider });
  expect(names()).toEqual(["Early io.early", "Late io.late"]);
  expect(early.asked).toEqual([]);
  stop();
  announce(place, { info: info("u3", "io.third", "Third"), provider: extension().provider });
  expect(seen).toHaveLength(2);
});

test("announced twice under one uuid it is one; two wallets of one name are two, and can be told apart", () => {
  const { place, names, seen } = listen();
  const one = { info: info("u1", "io.fox", "Fox"), provider: extension().provider };
  announce(place, one);
  announce(place, one);
  announce(place, { ...one, info: info("u1", "io.other", "Impostor") });
  expect([names(), seen.length]).toEqual([["Fox io.fox"], 1]);
  announce(place, { info: info("u2", "io.fox", "Fox"), provider: extension().provider });
  expect(names()).toEqual(["Fox io.fox", "Fox u2"]);
});

test("what is no wallet is left out, and breaks nothing", () => {
  const { place, seen } = listen();
  const { provider } = extension();
  const whole = info("u1", "io.fox", "Fox");
  const malformed: unknown[] = [
    undefined,
    null,
    "wallet",
    {},
    { info: whole },
    { info: whole, provider: null },
    { info: whole, provider: {} },
    { info: whole, provider: { request: "yes" } },
    { info: null, provider },
    { info: "Fox", provider },
    { info: { ...whole, uuid: undefined }, provider },
    { info: { ...whole, rdns: 7 }, provider },
    { info: { ...whole, name: "" }, provider },
  ];
  for (const detail of malformed) announce(place, detail);
  place.dispatchEvent(new Event("eip6963:announceProvider"));
  expect(seen).toEqual([]);
  announce(place, { info: whole, provider });
  expect(seen).toHaveLength(1);
});

test("only the one that was chosen is asked, and signs", async () => {
  const { place, seen } = listen();
  const [fox, owl] = [extension(), extension([second])];
  announce(place, { info: info("u1", "io.fox", "Fox"), provider: fox.provider });
  announce(place, { info: info("u2", "io.owl", "Owl"), provider: owl.provider });
  const wallet = (await seen.at(-1)?.[1]?.connect()) as EscrowWallet;
  expect([wallet.name, wallet.address, await wallet.chainId()]).toEqual(["Owl", second, 31_337]);
  expect(await wallet.signMessage("hello")).toBe("0x51");
  expect(owl.asked).toEqual(["eth_requestAccounts", "eth_chainId", "personal_sign"]);
  expect(fox.asked).toEqual([]);
});

test("another account and another chain are followed; without an account there is no wallet; connected anew it is told once", async () => {
  const { place, seen } = listen();
  const fox = extension();
  announce(place, { info: info("u1", "io.fox", "Fox"), provider: fox.provider });
  const told: (string | null)[] = [];
  const onChange = async (wallet: EscrowWallet | null) => {
    told.push(wallet === null ? null : `${wallet.address} ${await wallet.chainId()}`);
  };
  const [found] = seen.at(-1) ?? [];
  await found?.connect(onChange);
  fox.tell("accountsChanged", [first.toLowerCase()]);
  await settle();
  expect(told).toEqual([]);
  fox.tell("accountsChanged", [second]);
  await settle();
  fox.on.chainId = "0x1";
  fox.tell("chainChanged", "0x1");
  await settle();
  fox.tell("accountsChanged", []);
  await settle();
  expect(told).toEqual([`${second} 31337`, `${second} 1`, null]);
  // Connected once more, it is listened to once.
  await found?.connect(onChange);
  expect(fox.heard()).toBe(2);
  fox.tell("accountsChanged", [second]);
  await settle();
  expect(told).toHaveLength(4);
});

test("a wallet that cannot be listened to is connected all the same; one without an account is not", async () => {
  const { place, seen } = listen();
  const { request } = extension().provider;
  announce(place, { info: info("u1", "io.mute", "Mute"), provider: { request } });
  announce(place, { info: info("u2", "io.empty", "Empty"), provider: extension([]).provider });
  const [mute, empty] = seen.at(-1) ?? [];
  expect((await mute?.connect(() => {}))?.address).toBe(first);
  await expect(empty?.connect()).rejects.toThrow("Empty gave no account.");
});

test("a person who declines, and a wallet that asks already, are said in a sentence", async () => {
  const { place, seen } = listen();
  const fox = extension();
  announce(place, { info: info("u1", "io.fox", "Fox"), provider: fox.provider });
  const refusal = async (code: number) => {
    fox.on.refuse = { code, message: "MetaMask Tx Signature: denied" };
    const error = await seen
      .at(-1)?.[0]
      ?.connect()
      .catch((caught: unknown) => caught);
    return sayRefusal(error, chainWords);
  };
  expect(await refusal(4001)).toBe("You declined in your wallet. Nothing was sent.");
  expect(await refusal(-32_002)).toBe("Your wallet is asking already: open it and answer there.");
  fox.on.refuse = null;
  expect((await seen.at(-1)?.[0]?.connect())?.address).toBe(first);
});

function Shown() {
  const wallets = useWallets();
  return (
    <>
      <p data-testid="shown">{wallets.wallet?.address ?? "none"}</p>
      <WalletPicker wallets={wallets} />
    </>
  );
}

test("on screen: the choice, the refusal in one line, the account that is followed, and the one that is taken away", async () => {
  const fox = extension();
  draw(serverOfLeo(), <Shown />);
  await settle();
  await act(async () => void announce(window, { info: info("u1", "io.fox", "Fox"), provider: fox.provider }));
  fox.on.refuse = { code: 4001, message: "denied" };
  fireEvent.click(await screen.findByTestId("wallet-io.fox"));
  expect((await screen.findByRole("alert")).textContent).toBe("You declined in your wallet. Nothing was sent.");
  fox.on.refuse = null;
  fireEvent.click(screen.getByTestId("wallet-io.fox"));
  await screen.findByText(first);
  expect(screen.queryByRole("alert")).toBeNull();
  await act(async () => fox.tell("accountsChanged", [second]));
  await screen.findByText(second);
  await act(async () => fox.tell("accountsChanged", []));
  await screen.findByText("none");
});
