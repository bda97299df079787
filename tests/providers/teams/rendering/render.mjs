// Renders the Adaptive Cards that come in as a JSON list, and says of each what is seen and what was wrong.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { parseHTML } = require("linkedom");
const { window, document } = parseHTML("<!doctype html><html><body></body></html>");
Object.assign(globalThis, { window, document });
for (const name of ["Node", "HTMLElement", "HTMLButtonElement", "HTMLInputElement", "HTMLImageElement"]) {
  globalThis[name] = window[name];
}
// linkedom only reads it.
Object.defineProperty(window.HTMLElement.prototype, "innerText", {
  get() { return this.textContent; },
  set(text) { this.textContent = text; },
});
// The bundle for browsers: the package's own entry names files without their endings, which Node refuses.
const bundle = readFileSync("node_modules/adaptivecards/dist/adaptivecards.js", "utf8");
const loaded = { exports: {} };
new Function("exports", "module", bundle)(loaded.exports, loaded);
const AdaptiveCards = loaded.exports;

AdaptiveCards.AdaptiveCard.onProcessMarkdown = () => {}; // shown as it is written

const seen = JSON.parse(readFileSync(0, "utf8")).map((content) => {
  const context = new AdaptiveCards.SerializationContext();
  const card = new AdaptiveCards.AdaptiveCard();
  card.parse(content, context);
  const problems = [];
  for (let i = 0; i < context.eventCount; i++) problems.push(context.getEventAt(i).message);
  const found = card.validateProperties();
  found.validationEvents.forEach((event) => problems.push(event.message));
  const element = card.render();
  return {
    problems,
    text: element ? element.textContent : null,
    buttons: card.getActionCount(),
    elements: card.getItemCount(),
  };
});
process.stdout.write(JSON.stringify(seen));
