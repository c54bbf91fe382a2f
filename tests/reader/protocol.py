"""The numbers of the permutation and the digest of the key, as docs/PROTOCOL.md prints them in sections 2 and 20."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
P = 15 * 2**27 + 1


def _section(number):
    text = (ROOT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
    start = text.index(f"\n## {number}. ")
    return text[start : text.index(f"\n## {number + 1}. ", start)]


def _fraction(text):
    sign = -1 if text[0] == "−" else 1
    number, _, divisor = text.lstrip("−").partition("/")
    base, _, exponent = divisor.partition("^")
    divisor = int(base or 1) ** int(exponent or 1)
    return sign * int(number) * pow(divisor, -1, P) % P


def _rounds(label, text):
    """Returns the constants behind a label and in the lines below it that have none."""
    words = re.search(rf"^ +{label} +((?:[0-9a-f]{{8}}\s+)+)", text, re.MULTILINE)[1]
    return [int(word, 16) for word in words.split()]


_TEXT = _section(2)
EXTERNAL = [_rounds(f"external {number}", _TEXT) for number in range(8)]
INTERNAL = _rounds("internal", _TEXT)
MATRIX = [[int(x) for x in row] for row in re.findall(r"^ +(?:M = )?(\d) (\d) (\d) (\d)$", _TEXT, re.MULTILINE)]
DIAGONAL = [_fraction(x) for x in re.search(r"^ +d = (.*)$", _TEXT, re.MULTILINE)[1].split(", ")]


def _key_digest(circuit):
    row = rf"^\| {circuit} key digest \| `(\w+)` \|$"
    return re.search(row, _section(20), re.MULTILINE)[1]


KEY_DIGEST, SPAN_KEY_DIGEST = _key_digest("consensus"), _key_digest("span")

assert [len(row) for row in EXTERNAL] == [16] * 8 and len(INTERNAL) == 13
assert len(MATRIX) == 4 and len(DIAGONAL) == 16
