// The pages beside the head, in a script of their own: an operation of an old block, and how often a validator votes.
import { beside } from "../place.js";
import { byId } from "../view/dom.js";
import { OperationPage } from "./operation.js";
import operation from "./operation.html";
import { ValidatorPage } from "./validator.js";
import validator from "./validator.html";

let shown;
let styled;

/** Shows the page of a `place`, or the head's; `page` is what main.js hands over. */
export async function open(page, place) {
  shown?.close();
  shown = undefined;
  const [name] = Object.keys(place);
  byId("page").hidden = !name;
  if (!name) {
    delete document.body.dataset.page;
    return byId("main").focus();
  }
  await (styled ??= style());
  const { html, Page } = PAGES[name];
  document.body.dataset.page = name;
  byId("page").innerHTML = html;
  byId("page-back").href = beside(page.asked);
  shown = new Page({ ...page, place });
  scrollTo(0, 0);
  byId("page-title").focus();
}

/** Resolves when the style of these pages is there, or will not come. */
function style() {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: new URL("./pages.css", import.meta.url).href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

const PAGES = {
  operation: { html: operation, Page: OperationPage },
  validator: { html: validator, Page: ValidatorPage },
};
