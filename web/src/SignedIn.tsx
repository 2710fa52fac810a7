// The app of a person: header, pages by address, and the dialog of whoever calls.
import { FairminuteError } from "@fairminute/core";
import {
  type CallJson,
  ConnectionBanner,
  IncomingCallDialog,
  MatchmakingBanner,
  PenaltyToast,
  useMe,
} from "@fairminute/react";
import type { Wallets } from "@fairminute/react/chain";
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { Header } from "./Header.tsx";
import { CallPage } from "./pages/CallPage.tsx";
import { DebugPage } from "./pages/DebugPage.tsx";
import { HistoryPage } from "./pages/HistoryPage.tsx";
import { HomePage } from "./pages/HomePage.tsx";
import { MatchPage } from "./pages/MatchPage.tsx";
import { ReceiptPage } from "./pages/ReceiptPage.tsx";
import { StudyPage } from "./pages/StudyPage.tsx";
import { TutorsPage } from "./pages/TutorsPage.tsx";
import { WalletPage } from "./pages/WalletPage.tsx";
import { useHasChain, WithChain } from "./WithChain.tsx";
import { words } from "./words.ts";

export type SignedInProps = { onLeave: () => void; onExpired: () => void };

/** A call fills the window; everything else has the header. */
export function SignedIn({ onLeave, onExpired }: SignedInProps): ReactNode {
  useExpiry(onExpired);
  useFocusOnPage();
  const hasChain = useHasChain();
  if (hasChain !== true) return <Pages onLeave={onLeave} wallets={null} hasChain={hasChain} />;
  return <WithChain>{(wallets) => <Pages onLeave={onLeave} wallets={wallets} hasChain />}</WithChain>;
}

type PagesProps = { onLeave: () => void; wallets: Wallets | null; hasChain: boolean | undefined };

function Pages({ onLeave, wallets, hasChain }: PagesProps): ReactNode {
  const [location, navigate] = useLocation();
  const sandbox = useMe().data?.mode === "sandbox";
  const showCall = useCallback((call: CallJson) => navigate(`/calls/${call.id}`), [navigate]);
  return (
    <>
      <IncomingCallDialog onAccepted={showCall} />
      <PenaltyToast receiptLink={(callId, text) => <Link href={`/calls/${callId}/receipt`}>{text}</Link>} />
      <Switch>
        <Route path="/calls/:id">{({ id }) => <CallPage callId={id} wallets={wallets} />}</Route>
        <Route>
          <Header onLeave={onLeave} hasChain={hasChain === true} />
          <main className="page" id="content" tabIndex={-1}>
            <ConnectionBanner />
            {location !== "/match" && <MatchmakingBanner onCall={showCall} />}
            <Switch>
              <Route path="/">
                <HomePage onCall={showCall} />
              </Route>
              <Route path="/match">
                <MatchPage onCall={showCall} />
              </Route>
              <Route path="/study" component={StudyPage} />
              <Route path="/wallet" component={WalletPage} />
              <Route path="/history" component={HistoryPage} />
              <Route path="/calls/:id/receipt">{({ id }) => <ReceiptPage callId={id} />}</Route>
              {wallets !== null && (
                <Route path="/tutors">
                  <TutorsPage wallets={wallets} onCall={showCall} />
                </Route>
              )}
              {sandbox && (
                <Route path="/debug">
                  <DebugPage wallets={wallets} hasChain={hasChain} />
                </Route>
              )}
              <Route component={NotFound} />
            </Switch>
          </main>
        </Route>
      </Switch>
    </>
  );
}

/** A token that the server no longer takes is forgotten, so that the way in is shown again. */
function useExpiry(onExpired: () => void): void {
  const { error } = useMe();
  const expired = error instanceof FairminuteError && error.code === "unauthenticated";
  useEffect(() => {
    if (expired) onExpired();
  }, [expired, onExpired]);
}

/** A new page begins at its content, for the keyboard and for screen readers; the first one begins at its top. */
function useFocusOnPage(): void {
  const [location] = useLocation();
  const first = useRef(location);
  useEffect(() => {
    if (first.current === location) return;
    first.current = "";
    document.getElementById("content")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [location]);
}

function NotFound(): ReactNode {
  return (
    <section className="not-found">
      <h1>{words.notFoundTitle}</h1>
      <p>{words.notFoundText}</p>
      <Link href="/">{words.toPeople}</Link>
    </section>
  );
}
