/** The style sheet of the page: for a phone first, dark or light as the browser wishes. */

/** CSS. */
export const style = `:root {
  color-scheme: light dark;
  --text: #1b1f24; --quiet: #57606a; --line: #d5dae0; --back: #f6f7f9; --card: #fff;
  --link: #0b57b0; --good: #1a7f37; --warn: #8a5a00; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9ed; --quiet: #a3acb7; --line: #353b43; --back: #15181c; --card: #1d2126;
    --link: #7db7ff; --good: #5fd07a; --warn: #e3b341; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
p { margin: .25rem 0; }
a { color: var(--link); }
main { display: grid; gap: 1rem; margin-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
  min-width: 0; }
form { display: flex; gap: .5rem; flex-wrap: wrap; margin-top: 1rem; }
label { flex-basis: 100%; color: var(--quiet); }
input { flex: 1 1 14rem; min-width: 0; }
input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--quiet);
  border-radius: .35rem; padding: .45rem .7rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
td, th { padding: .3rem .75rem .3rem 0; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
time, .serial { white-space: nowrap; font-variant-numeric: tabular-nums; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
ul.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .75rem;
  list-style: none; margin: 0; padding: 0; }
.counts b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.quiet { color: var(--quiet); }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  tr:last-child { border-bottom: 0; }
  td { border: 0; padding: 0; }
}
@media (min-width: 60rem) {
  main { grid-template-columns: 1fr 1fr; }
  .wide { grid-column: 1 / -1; }
}
`;
