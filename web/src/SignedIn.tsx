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
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { Header } from "./Header.tsx";
import { CallPage } from "./pages/CallPage.tsx";
import { HistoryPage } from "./pages/HistoryPage.tsx";
import { HomePage } from "./pages/HomePage.tsx";
import { MatchPage } from "./pages/MatchPage.tsx";
import { ReceiptPage } from "./pages/ReceiptPage.tsx";
import { StudyPage } from "./pages/StudyPage.tsx";
import { WalletPage } from "./pages/WalletPage.tsx";
import { words } from "./words.ts";

export type SignedInProps = { onLeave: () => void; onExpired: () => void };

/** A call fills the window; everything else has the header. */
export function SignedIn({ onLeave, onExpired }: SignedInProps): ReactNode {
  const [location, navigate] = useLocation();
  useExpiry(onExpired);
  useFocusOnPage();
  const showCall = useCallback((call: CallJson) => navigate(`/calls/${call.id}`), [navigate]);
  return (
    <>
      <IncomingCallDialog onAccepted={showCall} />
      <PenaltyToast receiptLink={(callId, text) => <Link href={`/calls/${callId}/receipt`}>{text}</Link>} />
      <Switch>
        <Route path="/calls/:id">{({ id }) => <CallPage callId={id} />}</Route>
        <Route>
          <Header onLeave={onLeave} />
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
