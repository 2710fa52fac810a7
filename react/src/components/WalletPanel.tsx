// The wallet: what can be spent, what is held, what was earned, and the statement behind it.
import type { ReactNode } from "react";
import type { TransferJson, WalletJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useTransfers, useWallet } from "../hooks/useWallet.ts";
import { Button } from "./parts/Button.tsx";
import { QueryPanel } from "./parts/QueryPanel.tsx";
import { StatePanel } from "./parts/StatePanel.tsx";
import { TopUpButton } from "./TopUpButton.tsx";

export type WalletPanelProps = {
  /** Makes a link to the receipt of a call; without it the statement has no links. */
  receiptLink?: (callId: string, text: ReactNode) => ReactNode;
};

/** Figures on top, movements below, newest first. */
export function WalletPanel({ receiptLink }: WalletPanelProps): ReactNode {
  const wallet = useWallet();
  return (
    <div className="fm-wallet" data-testid="wallet">
      <QueryPanel query={wallet} rows={2}>
        {(data) => <Balance wallet={data} />}
      </QueryPanel>
      <Statement receiptLink={receiptLink ?? ((_, text) => text)} />
    </div>
  );
}

function Balance({ wallet }: { wallet: WalletJson }): ReactNode {
  const { words, format } = useFairminute();
  return (
    <section className="fm-balance">
      <p className="fm-balance-main">
        <span className="fm-figure-label">{words.wallet.available}</span>
        <span className="fm-balance-value">
          <span data-testid="wallet-available">{format.number(wallet.available)}</span>
          <span className="fm-figure-unit"> {format.unit(wallet.available)}</span>
        </span>
      </p>
      <TopUpButton amount={100} testId="wallet-top-up" />
      <dl className="fm-balance-more">
        <div>
          <dt>{words.wallet.held}</dt>
          <dd data-testid="wallet-held">{format.number(wallet.held)}</dd>
        </div>
        <div>
          <dt>{words.wallet.total}</dt>
          <dd>{format.number(wallet.total)}</dd>
        </div>
        <div>
          <dt>{words.wallet.earnings}</dt>
          <dd data-testid="wallet-earnings">{format.number(wallet.earnings)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Statement({ receiptLink }: Required<WalletPanelProps>): ReactNode {
  const { words } = useFairminute();
  const pages = useTransfers();
  const query = {
    data: pages.data?.pages.flatMap((page) => page.transfers),
    error: pages.error,
    refetch: pages.refetch,
  };
  return (
    <section className="fm-section">
      <h2 className="fm-section-title">{words.wallet.statement}</h2>
      <QueryPanel query={query as never} rows={4}>
        {(transfers: TransferJson[]) =>
          transfers.length === 0 ? (
            <StatePanel icon="receipt" title={words.wallet.emptyTitle} text={words.wallet.emptyText} />
          ) : (
            <ul className="fm-list" data-testid="statement">
              {transfers.map((transfer) => (
                <li key={transfer.id}>
                  <Movement transfer={transfer} receiptLink={receiptLink} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryPanel>
      {pages.hasNextPage && (
        <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} testId="statement-more">
          {words.actions.more}
        </Button>
      )}
    </section>
  );
}

function Movement({ transfer, receiptLink }: { transfer: TransferJson } & Required<WalletPanelProps>): ReactNode {
  const { words, format } = useFairminute();
  const name = words.wallet.kinds[transfer.kind];
  return (
    <div className="fm-row" data-testid={`transfer-${transfer.kind}`}>
      <div className="fm-row-text">
        <p className="fm-row-title">{transfer.callId === null ? name : receiptLink(transfer.callId, name)}</p>
        <p className="fm-row-sub">
          {format.day(transfer.at)}, {format.time(transfer.at)}
        </p>
      </div>
      <div className="fm-row-figures">
        <p className={transfer.amount > 0 ? "fm-amount fm-amount-in" : "fm-amount"} data-amount={transfer.amount}>
          {format.signed(transfer.amount)}
        </p>
        <p className="fm-row-sub">{words.wallet.balanceAfter(format.number(transfer.balanceAfter))}</p>
      </div>
    </div>
  );
}
