// The lists of tests/cases, which the clients of every language read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Returns the list called `name`. */
export const listed = (name) =>
  JSON.parse(readFileSync(new URL(`../../tests/cases/${name}.json`, import.meta.url), "utf8"));

/** Returns the cases that this language has, with what is expected of it. */
export function ours(cases) {
  return cases.flatMap(({ javascript, rust, ...more }) => {
    for (const own of [javascript, rust]) assert.ok(!own || own.because, `why is ${more.name} another?`);
    const { because, ...own } = javascript ?? {};
    return because && Object.keys(own).length === 0 ? [] : [{ ...more, ...own }];
  });
}
