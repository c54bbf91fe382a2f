"""Reads every test vector with a second implementation of docs/PROTOCOL.md.

It follows the document and none of the Rust code, needs nothing but Python 3.11, and checks every rule but V14 to
V16, which need a STARK verifier: what they refuse has to pass everything before. Run it with
`python3 tests/reader`.
"""

import sys

import checks
import client
import corpus
import setup

# V14, V15, V16.
BEYOND = ("proof-of-work", "opening", "constraint-mismatch")


def compare(cases, check_one):
    """Returns a sentence for each case with another verdict than it expects."""
    wrong = []
    for name, case in cases.items():
        expected = "accept" if case["expect"] in BEYOND else case["expect"]
        verdict = checks.verdict(check_one, case)
        if verdict != expected:
            wrong.append(f"{name}: {verdict}, expected {case['expect']} ({case['note']})")
        if name.startswith("accept-") != (case["expect"] == "accept"):
            wrong.append(f"{name} does not start with its verdict")
    return wrong


def main():
    cases, client_cases = corpus.cases(), corpus.client_cases()
    setup_cases = corpus.setup_cases()
    wrong = compare(cases, checks.check_case) + compare(client_cases, client.check_case)
    wrong += compare(setup_cases, setup.check_case)
    for sentence in wrong:
        print(sentence)
    print(
        f"{len(cases)} vectors, {len(client_cases)} cases of a client and {len(setup_cases)} of a setup, "
        f"{len(wrong)} wrong"
    )
    enough = len(cases) >= 800 and len(client_cases) >= 80 and len(setup_cases) >= 160
    return 1 if wrong or not enough else 0


if __name__ == "__main__":
    sys.exit(main())
