// The sandbox's chain on a page: its block and time, who has what, what happened, and the contract from its ABI.

import { Button, ErrorPanel, LoadingPanel, useFairminute } from "@fairminute/react";
import {
  type AbiEntryJson,
  chainWords,
  type EscrowWallet,
  type SandboxChainJson,
  sayRefusal,
  useSandboxChain,
} from "@fairminute/react/chain";
import { type FormEvent, type ReactNode, useState } from "react";
import { words } from "./words.ts";

const everyMs = 3000;
const steps = [60, 3600, 86_400];

/** Present in the sandbox with a chain only. */
export function ChainLab({ wallet }: { wallet: EscrowWallet | null }): ReactNode {
  const chain = useSandboxChain(true, everyMs);
  if (chain.data === undefined)
    return chain.error === null ? (
      <LoadingPanel />
    ) : (
      <ErrorPanel error={chain.error} onRetry={() => void chain.refetch()} />
    );
  return (
    <>
      <Time chain={chain.data} onMoved={() => void chain.refetch()} />
      <Balances chain={chain.data} />
      <Events chain={chain.data} />
      <Contract chain={chain.data} wallet={wallet} />
    </>
  );
}

/** Digits with the point where the token has it. */
function writeTokens(smallest: string, decimals: number): string {
  const digits = smallest.padStart(decimals + 1, "0");
  const rest = digits
    .slice(digits.length - decimals)
    .replace(/0+$/, "")
    .padEnd(2, "0");
  return `${digits.slice(0, digits.length - decimals)}.${decimals > 4 ? rest.slice(0, 6) : rest}`;
}

const coinDecimals = 18;
const writeCoin = (smallest: string): string => Number(writeTokens(smallest, coinDecimals)).toFixed(4);

function Time({ chain, onMoved }: { chain: SandboxChainJson; onMoved: () => void }): ReactNode {
  const { client, format } = useFairminute();
  const [busy, setBusy] = useState(false);
  const move = async (seconds: number) => {
    setBusy(true);
    try {
      await client.request("POST", "/api/sandbox/clock/advance", { seconds }, { repeatable: true });
      onMoved();
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="fm-card lab-card" data-testid="lab-time">
      <h2 className="fm-section-title">{words.lab.time}</h2>
      <p>
        {words.lab.block} <strong data-testid="lab-block">{chain.block.number}</strong>,{" "}
        {format.day(chain.block.time * 1000)},{" "}
        <span data-testid="lab-block-time" data-time={chain.block.time}>
          {format.timeWithSeconds(chain.block.time * 1000)}
        </span>
      </p>
      <div className="lab-row">
        {steps.map((seconds) => (
          <Button key={seconds} busy={busy} onClick={() => void move(seconds)} testId={`lab-move-${seconds}`}>
            {words.lab.move(format.duration(seconds))}
          </Button>
        ))}
      </div>
      <p className="lab-hint">{words.lab.timeHint}</p>
    </section>
  );
}

function Balances({ chain }: { chain: SandboxChainJson }): ReactNode {
  return (
    <section className="fm-card lab-card" data-testid="lab-balances">
      <h2 className="fm-section-title">{words.lab.balances}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is reached by keyboard */}
      <div className="lab-scroll" tabIndex={0}>
        <table className="lab-table">
          <thead>
            <tr>
              <th scope="col">{words.lab.who}</th>
              <th scope="col">{words.lab.address}</th>
              <th scope="col" className="lab-number">
                {chain.tokenSymbol}
              </th>
              <th scope="col" className="lab-number">
                {words.lab.gas}
              </th>
            </tr>
          </thead>
          <tbody>
            {chain.balances.map(({ name, address, coin, tokens }) => (
              <tr key={address}>
                <th scope="row">{name}</th>
                <td>
                  <code>{address}</code>
                </td>
                <td className="lab-number">{writeTokens(tokens, chain.decimals)}</td>
                <td className="lab-number">{writeCoin(coin)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Events({ chain }: { chain: SandboxChainJson }): ReactNode {
  return (
    <section className="fm-card lab-card" data-testid="lab-events">
      <h2 className="fm-section-title">{words.lab.events}</h2>
      {chain.events.length === 0 && <p className="lab-hint">{words.lab.noEvents}</p>}
      <ol className="lab-events">
        {chain.events.map((event) => (
          <li key={`${event.transactionHash}-${event.logIndex}`}>
            <details>
              <summary>
                <strong>{event.name}</strong> {words.lab.block.toLowerCase()} {event.blockNumber}
              </summary>
              <dl className="lab-arguments">
                <dt>{words.lab.transaction}</dt>
                <dd>{event.transactionHash}</dd>
                {Object.entries(event.arguments).map(([name, value]) => (
                  <div key={name} className="lab-argument">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Contract({ chain, wallet }: { chain: SandboxChainJson; wallet: EscrowWallet | null }): ReactNode {
  const functions = chain.abi.filter(({ type }) => type === "function");
  const reads = functions.filter(({ stateMutability }) => stateMutability === "view" || stateMutability === "pure");
  const writes = functions.filter((entry) => !reads.includes(entry));
  const draw = (entry: AbiEntryJson) => (
    <ContractFunction key={`${entry.name}/${entry.inputs?.length}`} entry={entry} chain={chain} wallet={wallet} />
  );
  return (
    <section className="fm-card lab-card" data-testid="lab-contract">
      <h2 className="fm-section-title">{words.lab.contract}</h2>
      <p className="lab-hint">
        <code>{chain.contract}</code>
      </p>
      <h3>{words.lab.reads}</h3>
      {reads.map(draw)}
      <h3>{words.lab.writes}</h3>
      {wallet === null && <p className="lab-hint">{words.lab.needsWallet}</p>}
      {writes.map(draw)}
    </section>
  );
}

/** A value as it was typed, as the contract wants it. Structures are typed as JSON. */
function readArgument(type: string, text: string): unknown {
  if (/^u?int\d*$/.test(type)) return BigInt(text.trim());
  if (type === "bool") return text.trim() === "true";
  if (type.startsWith("tuple") || type.endsWith("]")) return JSON.parse(text);
  return text.trim();
}

const writeAnswer = (answer: unknown): string =>
  JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 1) ?? "";

type FunctionProps = { entry: AbiEntryJson; chain: SandboxChainJson; wallet: EscrowWallet | null };

function ContractFunction({ entry, chain, wallet }: FunctionProps): ReactNode {
  const [answer, setAnswer] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const isRead = entry.stateMutability === "view" || entry.stateMutability === "pure";
  const inputs = (entry.inputs ?? []).map((input, index) => ({ ...input, name: input.name || `${index}` }));
  const ask = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    if (wallet === null || busy) return;
    setBusy(true);
    try {
      const args = inputs.map(({ name, type }) => readArgument(type, String(given.get(name) ?? "")));
      const call = {
        chainId: chain.chainId,
        address: chain.contract,
        abi: chain.abi,
        functionName: entry.name ?? "",
        args,
      };
      setAnswer(isRead ? writeAnswer(await wallet.read(call)) : await wallet.write(call));
    } catch (error) {
      setAnswer(sayRefusal(error, chainWords));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details className="lab-function">
      <summary>
        <code>
          {entry.name}({inputs.map(({ type }) => type).join(", ")})
        </code>
      </summary>
      <form onSubmit={(event) => void ask(event)}>
        {inputs.map(({ name, type, internalType }) => (
          <label key={name} className="lab-field">
            <span>
              {name} <small>{internalType ?? type}</small>
            </span>
            <input name={name} className="fm-input" autoComplete="off" spellCheck={false} />
          </label>
        ))}
        <Button type="submit" busy={busy} disabled={wallet === null} testId={`lab-call-${entry.name}`}>
          {isRead ? words.lab.read : words.lab.send}
        </Button>
        {answer !== null && (
          <pre className="lab-answer" role="status" data-testid={`lab-answer-${entry.name}`}>
            {answer}
          </pre>
        )}
      </form>
    </details>
  );
}
