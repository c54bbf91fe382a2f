// The bars of a validator's epochs: one that is not verified has no height, only a mark.
import { share } from "../words.js";

/** Draws the bars into an `svg` element, oldest first. */
export function draw(svg, entries) {
  const bars = entries.toReversed();
  const width = LEFT + Math.max(bars.length, LEAST) * STEP;
  svg.setAttribute("viewBox", `0 0 ${width} ${TOP + HEIGHT + BELOW}`);
  const lines = [0, 50, 100].map((percent) => line(percent, width));
  svg.replaceChildren(...lines, ...bars.map(bar));
}

/** Returns in one sentence what the bars show. */
export function say(entries) {
  const known = entries.filter(({ step }) => step === "verified");
  if (known.length === 0) return "No epoch is verified yet.";
  const signed = known.reduce((sum, entry) => sum + entry.signed, 0);
  const blocks = known.reduce((sum, entry) => sum + entry.blocks, 0);
  const [newest, oldest] = [known[0].epoch, known.at(-1).epoch];
  const epochs = newest === oldest ? `Epoch ${newest}` : `Epochs ${oldest} to ${newest}`;
  const left = entries.length - known.length;
  const gap = left > 0 ? `, without the ${left === 1 ? "one" : left} not verified` : "";
  return `${epochs}${gap}: voted for ${signed} of ${blocks} blocks, ${share(signed, blocks)}. Each bar is one epoch.`;
}

function line(percent, width) {
  const y = TOP + HEIGHT * (1 - percent / 100);
  return group(
    { class: "grid" },
    shape("line", { x1: LEFT, x2: width, y1: y, y2: y }),
    text(`${percent} %`, { x: LEFT - 6, y: y + 4, "text-anchor": "end" }),
  );
}

function bar(entry, i) {
  const { epoch, step, signed, blocks } = entry;
  const middle = LEFT + i * STEP + STEP / 2;
  const isVerified = step === "verified";
  const height = isVerified ? (HEIGHT * signed) / blocks : HEIGHT;
  const y = TOP + HEIGHT - height;
  const label = isVerified ? String(signed) : MARKS[step];
  return group(
    { class: "bar", "data-step": step, "data-epoch": epoch },
    shape("title", {}, isVerified ? `Epoch ${epoch}: voted for ${signed} of ${blocks} blocks` : `Epoch ${epoch}: not verified`),
    shape("rect", { x: middle - WIDTH / 2, y, width: WIDTH, height, rx: 3 }),
    text(label, { x: middle, y: isVerified ? y - 6 : TOP + HEIGHT / 2 + 5, class: "value", "text-anchor": "middle" }),
    text(String(epoch), { x: middle, y: TOP + HEIGHT + 18, "text-anchor": "middle" }),
  );
}

const group = (attributes, ...children) => shape("g", attributes, ...children);
const text = (words, attributes) => shape("text", attributes, words);

function shape(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// One unit is a pixel of the smallest phone.
const LEFT = 44;
const STEP = 34;
const LEAST = 8;
const WIDTH = 24;
const TOP = 22;
const HEIGHT = 130;
const BELOW = 24;
const MARKS = { waiting: "…", making: "…", trouble: "?", unknown: "?", impossible: "?", refused: "!" };
