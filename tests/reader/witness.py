"""Witness files: section 15."""

from collections import namedtuple

import keys
import sets
import trees
from codec import Reader, Refused, check, digest_bytes, u32
from state_hash import SIGNERS

Statement = namedtuple(
    "Statement",
    "chain_id header_hash height slot proposer set signed_power parent_randomness randomness"
    " signers reveal",
)
Vote = namedtuple("Vote", "index member set_path key signature")


def decode(data):
    r = Reader(data, most=2**22, magic=b"RPPW", version=1)
    chain_id, header_hash = r.u32(), r.digest()
    height, slot, proposer = r.u32(), r.u32(), r.u32()
    opening = sets.Opening(r.digest(), r.u32(), r.u32())
    statement = Statement(
        chain_id, header_hash, height, slot, proposer, opening, r.u32(), *r.digests(4)
    )
    votes = [read_vote(r) for _ in range(r.u32(0, 1024))]
    r.end()
    return statement, votes


def encode(statement, votes):
    s = statement
    data = b"RPPW" + u32(1, s.chain_id) + digest_bytes(s.header_hash)
    data += u32(s.height, s.slot, s.proposer) + digest_bytes(s.set.root)
    data += u32(s.set.n, s.set.total_power, s.signed_power) + digest_bytes(*s[7:])
    data += u32(len(votes))
    return data + b"".join(map(encode_vote, votes))


def check_witness(statement, votes):
    """What a prover checks first."""
    message = sets.vote_message(*statement[:1], *statement[2:4], statement.header_hash)
    least = 0
    for vote in votes:
        check(least <= vote.index < 1024, "witness-order")
        check_vote(statement.chain_id, statement.slot, statement.set.root, vote, message)
        least = vote.index + 1
    proposed = [vote for vote in votes if vote.index == statement.proposer]
    check(proposed, "witness-proposer-absent")
    secret = keys.slot_digest_of(statement.reveal)
    check(secret == proposed[0].signature.slot_digest, "witness-wrong-reveal")
    randomness = sets.randomness(statement.parent_randomness, statement.reveal)
    check(randomness == statement.randomness, "witness-wrong-randomness")
    signed = sum(vote.member.power for vote in votes)
    check(signed == statement.signed_power, "witness-signed-power")
    check(3 * signed > 2 * statement.set.total_power, "witness-below-threshold")
    signers = sets.bitmap(SIGNERS, [vote.index for vote in votes])
    check(signers == statement.signers, "witness-wrong-signers")


def check_vote(chain_id, slot, set_tree, vote, message):
    """Checks that a member of a set has signed a message at its leaf of a slot."""
    member = vote.member
    is_key = keys.key_id(vote.key, "vote", chain_id) == member.key_id
    root = trees.fold(sets.leaf(member), vote.index, vote.set_path)
    check(is_key and root == set_tree, "witness-not-a-member")
    check(member.start_slot <= slot, "witness-not-started")
    try:
        keys.verify(vote.key, slot - member.start_slot, message, vote.signature)
    except Refused:
        raise Refused("witness-signature") from None


def read_vote(r):
    index = r.u32()
    member = sets.Member(r.digest(), r.u32(), r.u32(), r.u32())
    set_path, tree_height = r.digests(10), r.u32(4, 20)
    key = keys.PublicKey(tree_height, r.elements(5), r.digest())
    return Vote(index, member, set_path, key, keys.read_signature(r, tree_height))


def encode_vote(vote):
    data = u32(vote.index) + digest_bytes(vote.member.key_id) + u32(*vote.member[1:])
    data += digest_bytes(*vote.set_path) + keys.encode_public_key(vote.key)
    return data + keys.encode_signature(vote.signature)[8:]
