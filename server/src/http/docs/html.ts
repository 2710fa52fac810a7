// The frame of a documentation page: plain HTML, no script, nothing from another host.

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as it may stand in HTML, attributes included. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** Prose with `code`, **bold** and addresses of this server as links. */
export function prose(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/(^|\s)(\/(?:docs\/errors|openapi\.json|docs))\b/g, '$1<a href="$2">$2</a>')
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph}</p>`)
    .join("\n");
}

/** A block of code that can be scrolled by keyboard. */
export function codeBlock(label: string, text: string): string {
  return `<figure class="code"><figcaption>${escapeHtml(label)}</figcaption><pre tabindex="0" role="region" aria-label="${escapeHtml(label)}"><code>${escapeHtml(text)}</code></pre></figure>`;
}

export interface Page {
  title: string;
  /** Which of the two pages this is, for the mark in the head. */
  here: "/docs" | "/docs/errors";
  /** The list at the side, as HTML. */
  contents: string;
  main: string;
}

/** A whole page. */
export function writePage(page: Page): string {
  const link = (href: string, text: string) =>
    `<a href="${href}"${href === page.here ? ' aria-current="page"' : ""}>${text}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top"><p class="brand">Fairminute</p><nav aria-label="Pages">${link("/docs", "API")}${link("/docs/errors", "Errors")}<a href="/openapi.json">openapi.json</a></nav></header>
<div class="frame">
<nav class="contents" aria-label="Contents">
${page.contents}
</nav>
<main id="main">
${page.main}
</main>
</div>
</body>
</html>
`;
}
