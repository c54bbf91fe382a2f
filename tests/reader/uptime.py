"""A validator's votes: the statement of section 32, and the witness file of section 34."""

from collections import namedtuple

import sets
import trees
from codec import Reader, check, digest_bytes, u32
from header import encode_header, header_hash, read_header
from state_hash import PARTICIPATION, hash_elements, limbs

LIMBS = 64
Window = namedtuple(
    "Window",
    "chain_id head_hash first last validator_set_root index key_id signed",
)
Witness = namedtuple("Witness", "claim headers votes member path opening")


def statement(head, epoch_length, first, validator_set_root, index, key_id, signed):
    """Returns the claim about the headers from a height on and before another."""
    last = head.height - 1
    claim = Window(
        head.chain_id,
        header_hash(head),
        first,
        last,
        validator_set_root,
        index,
        key_id,
        signed,
    )
    _check_alone(claim)
    check(first // epoch_length == last // epoch_length, "uptime-epoch")
    return claim


def public_values(claim):
    return (
        limbs(claim.chain_id)
        + claim.head_hash
        + limbs(claim.first)
        + (_voted(claim),)
        + claim.validator_set_root
        + tuple(claim.index >> i & 1 for i in range(10))
        + claim.key_id
        + (claim.signed,)
    )


def _voted(claim):
    return claim.last - claim.first + 1


def _check_alone(claim):
    is_window = claim.first > 0 and claim.last < 2**32 - 1 and 1 <= _voted(claim) <= 1024
    check(is_window, "uptime-window")
    check(claim.index < 1024, "uptime-index")
    check(claim.signed <= _voted(claim), "uptime-count")


def decode(data):
    r = Reader(data, most=2**22, magic=b"RPPC", version=1)
    claim = Window(r.u32(), r.digest(), r.u32(), r.u32(), r.digest(), r.u32(), r.digest(), r.u32())
    headers = [read_header(r) for _ in range(r.u32(0, 1025))]
    votes = [[r.integer(2) for _ in range(LIMBS)] for _ in range(r.u32(0, 1024))]
    member = sets.Member(r.digest(), r.u32(), r.u32(), r.u32())
    path = r.digests(10)
    opening = sets.Opening(r.digest(), r.u32(), r.u32())
    r.end()
    return Witness(claim, headers, votes, member, path, opening)


def encode(witness):
    claim, headers, votes, member, path, opening = witness
    data = b"RPPC" + u32(1, claim.chain_id) + digest_bytes(claim.head_hash)
    data += u32(claim.first, claim.last) + digest_bytes(claim.validator_set_root)
    data += u32(claim.index) + digest_bytes(claim.key_id) + u32(claim.signed)
    data += u32(len(headers)) + b"".join(map(encode_header, headers)) + u32(len(votes))
    data += b"".join(limb.to_bytes(2, "little") for bitmap in votes for limb in bitmap)
    data += digest_bytes(member.key_id) + u32(*member[1:]) + digest_bytes(*path)
    return data + digest_bytes(opening.root) + u32(opening.n, opening.total_power)


def check_witness(witness):
    """What a prover checks first."""
    claim, headers, votes = witness[:3]
    _check_alone(claim)
    is_whole = (len(headers), len(votes)) == (_voted(claim) + 1, _voted(claim))
    check(is_whole, "witness-length")
    _check_headers(claim, headers)
    for header in headers[:-1]:
        check(header.validator_set_root == claim.validator_set_root, "witness-set")
    for header, bitmap in zip(headers[1:], votes):
        root = hash_elements(PARTICIPATION, tuple(bitmap))
        check(header.participation_root == root, "witness-votes")
    check(_has_member(witness), "witness-not-a-member")
    counted = sum(bitmap[claim.index // 16] >> claim.index % 16 & 1 for bitmap in votes)
    check(counted == claim.signed, "witness-count")


def _check_headers(claim, headers):
    before = None
    for height, header in enumerate(headers, claim.first):
        is_here = (header.version, header.chain_id, header.height) == (1, claim.chain_id, height)
        check(is_here, "witness-place")
        check(before is None or header.parent_hash == before, "witness-link")
        before = header_hash(header)
    check(before == claim.head_hash, "witness-link")


def _has_member(witness):
    claim, member, opening = witness.claim, witness.member, witness.opening
    root = trees.fold(sets.leaf(member), claim.index, witness.path)
    is_set = sets.set_root(opening) == claim.validator_set_root
    return member.key_id == claim.key_id and root == opening.root and is_set
