"""Proof files: section 11, and V1 to V13 of section 12."""

from collections import namedtuple

from codec import Reader, Refused, check
from protocol import P

QUERIES = 80
Circuit = namedtuple("Circuit", "width least_height most_height")
# By their numbers: sections 10, 25, 30, 33 and 36.
CIRCUITS = {
    1: Circuit(238, 8, 18),
    2: Circuit(267, 8, 9),
    3: Circuit(267, 8, 8),
    4: Circuit(287, 7, 17),
    5: Circuit(216, 6, 15),
    6: Circuit(293, 7, 14),
    8: Circuit(274, 8, 18),
}


class Payload(Reader):
    """Reads postcard."""

    def __init__(self, data):
        super().__init__(data)
        self.is_canonical = True

    def varint(self):
        number, size = 0, 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << 7 * size
            size += 1
            check(size <= 10 and number < 2**64, "malformed-payload")
            if byte < 128:
                self.is_canonical &= size == 1 or byte > 0
                return number

    def list(self, item):
        return [item() for _ in range(self.varint())]

    def option(self, item):
        byte = self.take(1)[0]
        check(byte <= 1, "malformed-payload")
        return item() if byte else None

    def element(self):
        number = self.integer(4)
        check(number < P, "malformed-payload")
        return number

    def challenge(self):
        return self.elements(5)

    def challenges(self):
        return self.list(self.challenge)

    def commitment(self):
        digests = self.list(lambda: self.take(32))
        count = len(digests)
        check(count > 0 and count & (count - 1) == 0, "malformed-payload")
        return digests

    def siblings(self):
        return self.list(lambda: self.take(32))

    def input_opening(self):
        rows = self.list(lambda: self.list(lambda: self.list(self.element)))
        self.siblings()
        return rows

    def folding_opening(self):
        values = self.list(self.challenges)
        self.siblings()
        return values


def _read_proof(r):
    proof = {
        "trace": r.commitment(),
        "quotient": r.commitment(),
        "random_commitment": r.option(r.commitment),
        "trace_local": r.challenges(),
        "trace_next": r.option(r.challenges),
    }
    local, following = r.option(r.challenges), r.option(r.challenges)
    check(following is None or local is not None, "malformed-payload")
    check(local is None or local, "malformed-payload")
    check(following is None or len(following) == len(local), "malformed-payload")
    proof["preprocessed"] = local
    proof["chunks"] = r.list(r.challenges)
    proof["random"] = r.option(r.challenges)
    r.element()
    proof["folding_commitments"] = r.list(r.commitment)
    proof["folding_witnesses"] = r.list(r.element)
    proof["inputs"] = r.list(r.input_opening)
    proof["folding_openings"] = r.list(r.folding_opening)
    proof["final_poly"] = r.challenges()
    r.element()
    proof["degree_bits"] = r.varint()
    r.element()
    return proof


def decode(data):
    """V1 to V8."""
    r = Reader(data, most=393_216, magic=b"RPPF")
    for _ in ("format", "suite"):
        check(r.integer(2) == 1, "unsupported-version")
    circuit = r.integer(2)
    check(circuit in CIRCUITS, "unknown-circuit")
    check(r.integer(2) == 0, "unsupported-version")
    payload = Payload(r.take(r.u32()))
    r.end()
    try:
        proof = _read_proof(payload)
    except Refused:
        raise Refused("malformed-payload") from None
    is_whole = payload.at == len(payload.data)
    check(is_whole and payload.is_canonical, "non-canonical-payload")
    return circuit, proof


def check_consensus(decoded, key_chain_id, chain_id, certificate):
    """V9 to V13."""
    check_proof(decoded, 1, key_chain_id, chain_id)
    power = 3 * certificate.signed_power > 2 * certificate.set.total_power
    check(power, "below-threshold")


def check_proof(decoded, number, key_chain_id, chain_id):
    """V9 to V12, for the circuit with this number."""
    (named, proof), circuit = decoded, CIRCUITS[number]
    check(named == number, "wrong-circuit")
    check(key_chain_id == chain_id, "wrong-chain")
    height = circuit.least_height <= proof["degree_bits"] <= circuit.most_height
    check(height, "trace-height")
    check(_has_shape(proof, circuit.width), "proof-shape")


def _has_shape(proof, width):
    """V12."""
    rounds = -((5 - proof["degree_bits"]) // 3)
    absent = ("random_commitment", "preprocessed", "random")
    folding = ("folding_commitments", "folding_witnesses", "folding_openings")
    commitments = [proof["trace"], proof["quotient"], *proof["folding_commitments"]]
    return (
        all(len(commitment) == 16 for commitment in commitments)
        and all(proof[name] is None for name in absent)
        and len(proof["trace_local"]) == width
        and len(proof["trace_next"] or ()) == width
        and [len(chunk) for chunk in proof["chunks"]] == [5] * 8
        and len(proof["inputs"]) == 2
        and all(len(rows) == QUERIES for rows in proof["inputs"])
        and all([len(row) for row in rows] == [width] for rows in proof["inputs"][0])
        and all([len(row) for row in rows] == [5] * 8 for rows in proof["inputs"][1])
        and all(len(proof[name]) == rounds for name in folding)
        and all(len(values) == QUERIES for values in proof["folding_openings"])
        and len(proof["final_poly"]) == 32
    )
