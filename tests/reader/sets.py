"""Validator sets, votes, randomness, bitmaps: sections 5 and 7."""

from collections import namedtuple

import trees
from codec import Reader, check, digest_bytes, u32
from state_hash import RANDOM, SET, SET_LEAF, VOTE, hash_elements, limbs

Member = namedtuple("Member", "key_id power account start_slot")
Opening = namedtuple("Opening", "root n total_power")
Certificate = namedtuple("Certificate", "signed_power signers set")


def leaf(member):
    return hash_elements(SET_LEAF, member.key_id + sum(map(limbs, member[1:]), ()))


def set_root(opening):
    return hash_elements(SET, opening.root + limbs(opening.n) + limbs(opening.total_power))


def build(members):
    """Returns the opening of the set of these members."""
    check(1 <= len(members) <= 1024, "set-size")
    check(all(member.power for member in members), "set-no-power")
    check(len({member.key_id for member in members}) == len(members), "set-duplicate-key")
    total = sum(member.power for member in members)
    check(total < 2**32, "set-total-power")
    return Opening(trees.root(map(leaf, members), 10), len(members), total)


def vote_message(chain_id, height, slot, header_hash):
    return hash_elements(VOTE, limbs(chain_id) + limbs(height) + limbs(slot) + header_hash)


def randomness(parent, reveal):
    return hash_elements(RANDOM, parent + reveal)


def bitmap(domain, indices):
    """Returns the digest of the bitmap with these bits."""
    elements = [0] * 64
    for index in indices:
        elements[index // 16] |= 1 << index % 16
    return hash_elements(domain, tuple(elements))


def read_certificate(r):
    signed_power, signers = r.u32(), r.digest()
    return Certificate(signed_power, signers, read_opening(r))


def decode_certificate(data):
    r = Reader(data)
    certificate = read_certificate(r)
    r.end()
    return certificate


def encode_certificate(certificate):
    signed_power, signers, opening = certificate
    return u32(signed_power) + digest_bytes(signers) + encode_opening(opening)


def read_opening(r):
    return Opening(r.digest(), r.u32(), r.u32())


def encode_opening(opening):
    return digest_bytes(opening.root) + u32(opening.n, opening.total_power)
