// The look of the documentation: one small stylesheet, light and dark, for screens of any width and for paper.

export const docsStyle = `:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f6f7f9; --ink: #16202c; --soft: #526070; --line: #dde2e8; --accent: #0b6b58;
  --get: #0b5cad; --post: #0b6b58; --put: #8a4b00; --bad: #a3222f;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10161d; --raised: #18212b; --ink: #e6ebf1; --soft: #9fadbc; --line: #2a3644; --accent: #5fd0b4;
    --get: #7db8f5; --post: #5fd0b4; --put: #f0b35f; --bad: #ff8f98;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; padding: 0.5rem 1rem; background: var(--paper); z-index: 3; }
.skip:focus { left: 1rem; top: 0.5rem; }
.top { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: baseline; padding: 0.75rem 1.5rem;
  background: var(--paper); border-bottom: 1px solid var(--line); }
.top .brand { margin: 0; font-weight: 700; letter-spacing: -0.01em; }
.top nav { display: flex; gap: 1.25rem; }
.top a { color: var(--soft); text-decoration: none; }
.top a:hover { text-decoration: underline; }
.top a[aria-current] { color: var(--ink); font-weight: 600; }
.frame { display: grid; grid-template-columns: 16rem minmax(0, 1fr); max-width: 84rem; margin: 0 auto; }
.contents { position: sticky; top: 3.25rem; align-self: start; max-height: calc(100vh - 3.25rem); overflow-y: auto; padding: 1.5rem; font-size: 0.9rem; }
.contents h2 { margin: 1.25rem 0 0.25rem; font-size: 0.75rem; text-transform: uppercase; letter-spacing: 0.06em; color: var(--soft); }
.contents ul { list-style: none; margin: 0; padding: 0; }
.contents a { display: block; padding: 0.2rem 0; color: var(--ink); text-decoration: none; overflow-wrap: anywhere; }
.contents a:hover { color: var(--accent); text-decoration: underline; }
main { padding: 1.5rem clamp(1rem, 4vw, 3rem) 6rem; min-width: 0; }
h1 { font-size: 2rem; letter-spacing: -0.02em; line-height: 1.2; }
main h2 { margin-top: 4rem; padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); letter-spacing: -0.01em; }
main h3 { margin: 0; font-size: 1.15rem; }
article { padding: 2.25rem 0; border-bottom: 1px solid var(--line); }
.split { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2.5rem; }
.address { margin: 0.4rem 0 0; font-family: var(--mono); font-size: 0.9rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.who, .small { color: var(--soft); font-size: 0.9rem; }
h4 { margin: 1.5rem 0 0.25rem; font-size: 0.85rem; color: var(--soft); font-weight: 600; }
dl.fields { margin: 0; }
dl.fields dt { margin-top: 0.6rem; }
dl.fields dd, dl.fields dd p { margin: 0; font-size: 0.92rem; }
.type, .must { font-size: 0.8rem; color: var(--soft); font-family: var(--mono); margin-left: 0.4rem; }
.must { color: var(--bad); font-family: inherit; }
code { font-family: var(--mono); font-size: 0.88em; background: var(--raised); padding: 0.1em 0.3em; border-radius: 4px; }
.code { margin: 0.75rem 0 1.25rem; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); overflow: hidden; }
.code figcaption { padding: 0.35rem 0.9rem; font-size: 0.8rem; color: var(--soft); border-bottom: 1px solid var(--line); }
.code pre { line-height: 1.3; margin: 0; padding: 0.8rem 0.9rem; overflow-x: auto; max-height: 24rem; }
.code code { background: none; padding: 0; font-size: 0.82rem; line-height: 1.5; }
ul.errors { list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
ul.errors li { margin: 0.15rem 0; }
.status { display: inline-block; min-width: 2.4rem; font-family: var(--mono); font-size: 0.85em; color: var(--soft); }
details { margin: 0.75rem 0; border: 1px solid var(--line); border-radius: 8px; padding: 0.4rem 1rem; }
summary { cursor: pointer; font-weight: 600; font-family: var(--mono); font-size: 0.92rem; padding: 0.2rem 0; }
@media (max-width: 70rem) { .split { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 48rem) {
  .frame { grid-template-columns: minmax(0, 1fr); }
  .contents { position: static; max-height: none; border-bottom: 1px solid var(--line); padding-bottom: 1rem; columns: 2; }
  .contents h2 { break-after: avoid; }
}
@media print { .top, .contents, .skip { display: none; } .frame { display: block; } .code pre { max-height: none; white-space: pre-wrap; } }
`;
