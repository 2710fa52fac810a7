// The header: where one is, what one has, who one is; on phones the ways lie at the lower edge.
import { TopUpButton, useMe, WalletBadge } from "@fairminute/react";
import {
  BookOpen,
  GraduationCap,
  History,
  type LucideIcon,
  Moon,
  Shuffle,
  Sun,
  UserRound,
  UsersRound,
  Wallet,
} from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { Brand } from "./Brand.tsx";
import { useTheme } from "./useTheme.ts";
import { words } from "./words.ts";

/** There only where the server is connected to a chain. */
const tutors = "/tutors";

const ways: { href: string; text: string; icon: LucideIcon }[] = [
  { href: "/", text: words.nav.people, icon: UsersRound },
  { href: tutors, text: words.nav.tutors, icon: GraduationCap },
  { href: "/match", text: words.nav.match, icon: Shuffle },
  { href: "/study", text: words.nav.study, icon: BookOpen },
  { href: "/wallet", text: words.nav.wallet, icon: Wallet },
  { href: "/history", text: words.nav.history, icon: History },
];

/** Stays in sight on every page but the call. */
export function Header({ onLeave, hasChain }: { onLeave: () => void; hasChain: boolean }): ReactNode {
  const me = useMe().data;
  return (
    <header className="header">
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <div className="header-inner">
        <Link href="/" className="header-brand" aria-label={words.name}>
          <Brand />
        </Link>
        {me?.mode === "sandbox" && (
          <span className="mode" title={words.sandboxHint} data-testid="mode-badge">
            {words.sandbox}
          </span>
        )}
        <Ways hasChain={hasChain} />
        <div className="header-end">
          <Link href="/wallet" className="header-wallet">
            <WalletBadge />
          </Link>
          <span className="header-top-up">
            <TopUpButton amount={100} testId="header-top-up" />
          </span>
          <ThemeToggle />
          <button
            type="button"
            className="icon-button person"
            aria-label={words.switchPerson(me?.name ?? "")}
            title={words.switchPerson(me?.name ?? "")}
            onClick={onLeave}
            data-testid="switch-person"
          >
            <UserRound size={18} aria-hidden="true" />
            <span className="person-name">{me?.name}</span>
          </button>
        </div>
      </div>
    </header>
  );
}

function Ways({ hasChain }: { hasChain: boolean }): ReactNode {
  const [location] = useLocation();
  return (
    <nav className="ways" data-many={hasChain} aria-label={words.navigation}>
      {ways
        .filter(({ href }) => hasChain || href !== tutors)
        .map(({ href, text, icon: WayIcon }) => (
          <Link key={href} href={href} className="way" aria-current={location === href ? "page" : undefined}>
            <WayIcon size={20} aria-hidden="true" />
            {text}
          </Link>
        ))}
    </nav>
  );
}

function ThemeToggle(): ReactNode {
  const [theme, toggle] = useTheme();
  const label = theme === "dark" ? words.themeToLight : words.themeToDark;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={toggle} data-testid="theme">
      {theme === "dark" ? <Sun size={18} aria-hidden="true" /> : <Moon size={18} aria-hidden="true" />}
    </button>
  );
}
