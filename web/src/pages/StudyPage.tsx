// Study time. The room stands in the address, so that a reload stays in it and others can be invited by a link.
import { roomIdOf, StudyPanel } from "@fairminute/react";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** A name in the address that could be no room is none. */
export function StudyPage(): ReactNode {
  usePageTitle(words.nav.study);
  const [search, setSearch] = useSearchParams();
  const room = roomIdOf(search.get("room") ?? "") || null;
  const onRoom = (next: string | null) => setSearch(next === null ? {} : { room: next });
  return (
    <div className="column stack">
      <h1>{words.nav.study}</h1>
      <StudyPanel room={room} onRoom={onRoom} />
    </div>
  );
}
