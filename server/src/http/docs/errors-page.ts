// The page /docs/errors: every error code with what it means and what to do, one anchor a code.
import { errorCodes } from "@fairminute/core";
import { codesInOrder, errorGuide } from "../error-guide.ts";
import { statusOf } from "../errors.ts";
import { exampleProblem } from "../schemas/problem.ts";
import { codeBlock, escapeHtml, prose, writePage } from "./html.ts";

/** @returns the page as HTML */
export function writeErrorsPage(): string {
  const codes = codesInOrder();
  const chapters = codes.map((code) => {
    const { means, todo } = errorGuide[code];
    const { summary, retryable } = errorCodes[code];
    return `<article id="${code}" aria-labelledby="${code}-name">
<h3 id="${code}-name"><code>${code}</code></h3>
<p class="address"><span class="status">${statusOf[code]}</span> ${escapeHtml(summary)}</p>
<div class="split"><div>
${prose(means)}
${prose(`**What to do:** ${todo}`)}
<p class="who">${retryable ? "The same request may succeed later." : "The same request will be refused again."}</p>
</div><div>
${codeBlock("Example", JSON.stringify(exampleProblem(code), null, 2))}
</div></div>
</article>`;
  });
  return writePage({
    title: "Fairminute errors",
    here: "/docs/errors",
    contents: `<h2>Errors</h2><ul>${codes.map((code) => `<li><a href="#${code}">${code}</a></li>`).join("")}</ul>`,
    main: `<h1>Errors</h1>
${prose("Every error is an `application/problem+json` (RFC 9457). Programs should look at `code`; the list is closed. `message` can be shown to a person, `param` names the field that was wrong, `requestId` finds the request in the server's log.")}
${chapters.join("\n")}`,
  });
}
