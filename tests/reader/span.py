"""Ends of epochs: the statement of section 35, and the witness file of section 37."""

from collections import namedtuple

import sets
import trees
from codec import Reader, check, digest_bytes, u32
from header import encode_header, header_hash, read_header
from state_hash import limbs
from witness import check_vote, encode_vote, read_vote

DEPTH = 32
Span = namedtuple("Span", "chain_id epoch_length first_height validator_set_root ends last_hash")
End = namedtuple("End", "header set path votes")


def statement(first_height, epoch_length, validator_set_root, last):
    """Returns the claim about the ends of epochs from a height on, up to this header."""
    heights = last.height - first_height
    check(heights >= 0 and heights % epoch_length == 0, "span-ends")
    ends, last_hash = heights // epoch_length + 1, header_hash(last)
    claim = Span(last.chain_id, epoch_length, first_height, validator_set_root, ends, last_hash)
    _check_alone(claim)
    return claim


def public_values(claim):
    numbers = claim.chain_id, claim.epoch_length, claim.first_height
    return (
        sum(map(limbs, numbers), ())
        + claim.validator_set_root
        + (claim.ends - 1,)
        + claim.last_hash
    )


def _check_alone(claim):
    last = claim.first_height + (claim.ends - 1) * claim.epoch_length
    is_run = 1 <= claim.ends <= 1024 and last < 2**32 and claim.epoch_length >= 2
    check(is_run, "span-ends")
    after = claim.first_height + 1
    check(after % claim.epoch_length == 0, "span-not-an-end")


def decode(data):
    r = Reader(data, most=2**22, magic=b"RPPR", version=1)
    claim = Span(r.u32(), r.u32(least=1), r.u32(), r.digest(), r.u32(), r.digest())
    ends = [_read_end(r) for _ in range(r.u32(0, 1024))]
    r.end()
    return claim, ends


def encode(witness):
    claim, ends = witness
    data = b"RPPR" + u32(1, claim.chain_id, claim.epoch_length, claim.first_height)
    data += digest_bytes(claim.validator_set_root) + u32(claim.ends)
    data += digest_bytes(claim.last_hash) + u32(len(ends))
    return data + b"".join(map(_encode_end, ends))


def check_witness(witness):
    """What a prover checks first."""
    claim, ends = witness
    _check_alone(claim)
    has_path = [end.path is not None for end in ends]
    is_whole = has_path == [place > 0 for place in range(claim.ends)]
    check(is_whole, "witness-length")
    height, named, before = claim.first_height, claim.validator_set_root, None
    for end in ends:
        header = end.header
        is_here = (header.version, header.chain_id, header.height) == (1, claim.chain_id, height)
        check(is_here, "witness-place")
        is_set = header.validator_set_root == sets.set_root(end.set) == named
        check(is_set, "witness-set")
        if before is not None:
            last = height - claim.epoch_length
            has_last = trees.is_ancestor(before, last, end.path, height, header.history_root)
            check(has_last, "witness-history")
        _check_votes(end)
        before, named = header_hash(header), header.next_validator_set_root
        height += claim.epoch_length
    check(before == claim.last_hash, "witness-link")


def _check_votes(end):
    header, least = end.header, 0
    place = header.chain_id, header.height, header.slot
    message = sets.vote_message(*place, header_hash(header))
    for vote in end.votes:
        check(least <= vote.index < 1024, "witness-order")
        check_vote(header.chain_id, header.slot, end.set.root, vote, message)
        least = vote.index + 1
    signed = sum(vote.member.power for vote in end.votes)
    check(3 * signed > 2 * end.set.total_power, "witness-below-threshold")


def _read_end(r):
    header, opening = read_header(r), sets.Opening(r.digest(), r.u32(), r.u32())
    path = r.digests(DEPTH) if r.u32(0, 1) else None
    return End(header, opening, path, [read_vote(r) for _ in range(r.u32(0, 1024))])


def _encode_end(end):
    opening = end.set
    data = encode_header(end.header) + digest_bytes(opening.root)
    data += u32(opening.n, opening.total_power, int(end.path is not None))
    data += digest_bytes(*(end.path or ())) + u32(len(end.votes))
    return data + b"".join(map(encode_vote, end.votes))
