"""Ranges of headers: the statement of section 29, and the witness file of section 31."""

from collections import namedtuple

import trees
from codec import Reader, check, digest_bytes, u32
from header import encode_header, header_hash, read_header
from state_hash import FOLD, ZERO, hash_elements, limbs

DEPTH = 32
# What stands behind the bits of a path.
END = 2

Range = namedtuple(
    "Range",
    "chain_id start start_hash history_before end last_hash history_after fold_before fold_after",
)


def statement(start, end, fold_before, fold_after):
    """Returns the claim about the headers from one on and before another."""
    check(start.chain_id == end.chain_id, "header-chain-id")
    claim = Range(
        start.chain_id,
        start.height,
        header_hash(start),
        start.history_root,
        end.height,
        end.parent_hash,
        end.history_root,
        fold_before,
        fold_after,
    )
    _check_alone(claim)
    return claim


def public_values(claim):
    level = _level(claim)
    bits = [claim.start >> level >> i & 1 for i in range(DEPTH - level)]
    path = bits + [END] + [0] * level
    return (
        limbs(claim.chain_id)
        + limbs(claim.start)
        + claim.start_hash
        + claim.history_before
        + limbs(claim.end)
        + claim.last_hash
        + claim.history_after
        + claim.fold_before
        + claim.fold_after
        + (2**level - 1,)
        + trees.root([], level)
        + tuple(path)
    )


def _level(claim):
    """Returns k where there are 2^k headers from a multiple of that on, or None."""
    for level in range(11):
        if claim.end - claim.start == 2**level and claim.start % 2**level == 0:
            return level
    return None


def _check_alone(claim):
    check(_level(claim) is not None, "pruning-range")
    check(claim.start > 0 or claim.fold_before == ZERO, "pruning-fold")


def decode(data):
    r = Reader(data, most=2**22, magic=b"RPPM", version=1)
    chain_id, start, first = r.u32(), r.u32(), r.digests(2)
    claim = Range(chain_id, start, *first, r.u32(), *r.digests(4))
    headers = [read_header(r) for _ in range(r.u32(0, 1024))]
    siblings = r.digests(r.u32(0, DEPTH))
    r.end()
    return claim, headers, siblings


def encode(witness):
    claim, headers, siblings = witness
    data = b"RPPM" + u32(1, claim.chain_id, claim.start)
    data += digest_bytes(claim.start_hash, claim.history_before) + u32(claim.end)
    data += digest_bytes(*claim[5:]) + u32(len(headers))
    data += b"".join(map(encode_header, headers))
    return data + u32(len(siblings)) + digest_bytes(*siblings)


def check_witness(witness):
    """What a prover checks first."""
    claim, headers, siblings = witness
    _check_alone(claim)
    level = _level(claim)
    is_whole = (len(headers), len(siblings)) == (2**level, DEPTH - level)
    check(is_whole, "witness-length")
    expected = claim.start_hash
    for height, header in enumerate(headers, claim.start):
        is_here = (header.version, header.chain_id, header.height) == (1, claim.chain_id, height)
        check(is_here, "witness-place")
        # The first is named by its own hash, each other one names the one before.
        found = header_hash(header) if height == claim.start else header.parent_hash
        check(found == expected, "witness-link")
        expected = header_hash(header)
    check(expected == claim.last_hash, "witness-link")
    hashes = list(map(header_hash, headers))
    before = _history(claim.start, trees.root([], level), claim, siblings)
    check(before == claim.history_before, "witness-before")
    after = _history(claim.end, trees.root(hashes, level), claim, siblings)
    check(after == claim.history_after, "witness-after")
    folded = claim.fold_before
    for header in headers:
        folded = fold_block(folded, header)
    check(folded == claim.fold_after, "witness-fold")


def _history(count, subtree, claim, siblings):
    """Returns the history root of that many headers, where this is the subtree of the range."""
    place = claim.start // 2 ** _level(claim)
    return trees.history_root(count, trees.fold(subtree, place, siblings))


def fold_block(before, header):
    return hash_elements(FOLD, before + limbs(header.height) + header.tx_root)
