"""Headers and the genesis: section 4."""

from collections import namedtuple
from functools import lru_cache

import trees
from codec import Reader, check, digest_bytes, u32
from state_hash import HEADER, PARAMS, PARTICIPATION, TXS, hash_elements, limbs

INTEGERS = ("version", "chain_id", "height", "slot", "proposer")
DIGESTS = (
    "parent_hash",
    "state_root",
    "tx_root",
    "validator_set_root",
    "next_validator_set_root",
    "participation_root",
    "history_root",
    "randomness",
)
Header = namedtuple("Header", INTEGERS + ("timestamp_ms",) + DIGESTS)
Params = namedtuple("Params", "chain_id epoch_length")


def read_header(r):
    integers = [r.u32() for _ in INTEGERS]
    return Header(*integers, r.integer(8), *r.digests(8))


def decode_header(data):
    r = Reader(data)
    header = read_header(r)
    r.end()
    return header


def encode_header(header):
    return u32(*header[:5]) + header.timestamp_ms.to_bytes(8, "little") + digest_bytes(*header[6:])


@lru_cache(maxsize=None)
def header_hash(header):
    elements = sum((limbs(x) for x in header[:5]), ()) + limbs(header.timestamp_ms, 4) + (0, 0)
    return hash_elements(HEADER, elements + sum(header[6:], ()))


def params(chain_id, epoch_length):
    """P1."""
    check(epoch_length >= 2, "epoch-length")
    return Params(chain_id, epoch_length)


def ends_epoch(rules, height):
    return height % rules.epoch_length == rules.epoch_length - 1


def check_genesis(rules, header, trusted_hash):
    """G1 to G7."""
    check(header_hash(header) == trusted_hash, "genesis-hash")
    check(header.version == 1, "genesis-version")
    check(header.chain_id == rules.chain_id, "genesis-chain-id")
    check(header.height == header.slot == header.proposer == 0, "genesis-position")
    bound = limbs(rules.chain_id) + limbs(rules.epoch_length) + limbs(256) + limbs(16)
    check(header.parent_hash == hash_elements(PARAMS, bound), "genesis-params")
    check(header.next_validator_set_root == header.validator_set_root, "genesis-next-set")
    no_operations = hash_elements(TXS, limbs(0) + trees.root([], 8))
    no_votes = hash_elements(PARTICIPATION, (0,) * 64)
    no_history = trees.history_root(0, trees.root([], 32))
    body = (header.tx_root, header.participation_root, header.history_root)
    check(body == (no_operations, no_votes, no_history), "genesis-not-empty")
