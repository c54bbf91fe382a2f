"""Checkpoints, the start of a chain, and the statement about a header: sections 8, 13 and 21."""

from collections import namedtuple

import span
import trees
from codec import (
    Reader,
    check,
    digest_bytes,
    digest_text,
    parse_decimal,
    parse_digest,
    u32,
)
from header import check_genesis, ends_epoch, header_hash, params
from sets import set_root, vote_message
from state_hash import limbs

Checkpoint = namedtuple("Checkpoint", "height hash timestamp_ms epoch_length")
Trusted = namedtuple("Trusted", "params height hash epoch set_root")
Candidate = namedtuple("Candidate", "header parent parent_path head_path certificate")
SpanCandidate = namedtuple("SpanCandidate", "header parent parent_path head_path set")


def decode_checkpoint(data):
    r = Reader(data)
    checkpoint = read_checkpoint(r)
    r.end()
    return checkpoint


def read_checkpoint(r):
    return Checkpoint(r.u32(), r.digest(), r.integer(8), r.u32())


def encode_checkpoint(checkpoint):
    height, digest, timestamp_ms, epoch_length = checkpoint
    timestamp = timestamp_ms.to_bytes(8, "little")
    return u32(height) + digest_bytes(digest) + timestamp + u32(epoch_length)


def parse_checkpoint(text):
    parts = text.split(":")
    check(len(parts) == 4, "bad-checkpoint")
    numbers = [parse_decimal(part, most) for part, most in zip(parts[::2], (2**32 - 1, 2**64 - 1))]
    height, timestamp_ms = numbers
    digest, epoch_length = parse_digest(parts[1]), parse_decimal(parts[3], 2**32 - 1)
    checkpoint = Checkpoint(height, digest, timestamp_ms, epoch_length)
    check(None not in checkpoint, "bad-checkpoint")
    return checkpoint


def checkpoint_text(checkpoint):
    height, digest, timestamp_ms, epoch_length = checkpoint
    return f"{height}:{digest_text(digest)}:{timestamp_ms}:{epoch_length}"


def start(chain_id, epoch_length, header, trusted_hash):
    """Returns what is trusted once this header is."""
    rules = params(chain_id, epoch_length)
    check(header_hash(header) == trusted_hash, "header-trusted-hash")
    _check_chain(rules, header)
    _check_next_set(rules, header)
    if header.height == 0:
        check_genesis(rules, header, trusted_hash)
    return _trusted_at(rules, header)


def start_at_checkpoint(checkpoint, header):
    trusted = start(header.chain_id, checkpoint.epoch_length, header, checkpoint.hash)
    named = (checkpoint.height, checkpoint.timestamp_ms)
    check(named == (header.height, header.timestamp_ms), "checkpoint-label")
    return trusted


def check_offer(trusted, candidate, now_ms):
    """H1 to H15."""
    header, parent, opening = candidate.header, candidate.parent, candidate.certificate.set
    rules = trusted.params
    _check_chain(rules, header)
    check(header.height > trusted.height, "header-not-ahead")
    check(header.height // rules.epoch_length == trusted.epoch, "header-epoch")
    check(header.validator_set_root == trusted.set_root, "header-set")
    _check_members(rules, header, opening)
    _check_parent(header, parent)
    check(header.timestamp_ms <= now_ms + 30_000, "header-future")
    path = candidate.parent_path
    in_history = _is_in_history(header_hash(parent), parent.height, path, header)
    check(in_history, "header-parent-not-in-history")


def check_span(trusted, candidate, now_ms):
    """Checks the last header of a span, and returns its statement."""
    header, parent, path = candidate.header, candidate.parent, candidate.parent_path
    rules = trusted.params
    _check_chain(rules, header)
    check(header.height > trusted.height, "header-not-ahead")
    first = (trusted.epoch + 1) * rules.epoch_length - 1
    claim = span.statement(first, rules.epoch_length, trusted.set_root, header)
    _check_opening(header, candidate.set)
    _check_parent(header, parent)
    check(header.timestamp_ms <= now_ms + 30_000, "header-future")
    in_history = _is_in_history(header_hash(parent), parent.height, path, header)
    check(in_history, "header-parent-not-in-history")
    in_history = _is_in_history(trusted.hash, trusted.height, candidate.head_path, header)
    check(in_history, "header-head-not-in-history")
    return claim


def resume(trusted, header, parent, certificate):
    """Checks a stored header, and returns what is trusted once it is."""
    rules, opening = trusted.params, certificate.set
    _check_chain(rules, header)
    check(header.height > trusted.height, "header-not-ahead")
    if header.height // rules.epoch_length == trusted.epoch:
        check(header.validator_set_root == trusted.set_root, "header-set")
    _check_members(rules, header, opening)
    _check_parent(header, parent)
    strange = parent.height == trusted.height and header_hash(parent) != trusted.hash
    check(not strange, "header-head-not-in-history")
    check(3 * certificate.signed_power > 2 * opening.total_power, "header-signed-power")
    return _trusted_at(rules, header)


def check_branch(trusted, head, header, parent, parent_path, certificate):
    """Checks a header on another branch than `head`, which is trusted."""
    rules = trusted.params
    _check_chain(rules, header)
    if header.height == head.height:
        check(header.validator_set_root == head.validator_set_root, "header-set")
    else:
        check(header.height > trusted.height, "header-not-ahead")
        check(header.height // rules.epoch_length == trusted.epoch, "header-epoch")
        check(header.validator_set_root == trusted.set_root, "header-set")
    _check_members(rules, header, certificate.set)
    _check_parent(header, parent)
    in_history = _is_in_history(header_hash(parent), parent.height, parent_path, header)
    check(in_history, "header-parent-not-in-history")
    power = 3 * certificate.signed_power > 2 * certificate.set.total_power
    check(power, "header-signed-power")


def is_other_branch(head, header, ancestry):
    """Returns whether the chain cannot have both headers."""
    if ancestry is None:
        return header.height == head.height and header != head
    other, path = ancestry
    return other != header_hash(head) and _is_in_history(other, head.height, path, header)


def check_rest(trusted, candidate):
    """H16 and H17."""
    path, claim = candidate.head_path, candidate.certificate
    in_history = _is_in_history(trusted.hash, trusted.height, path, candidate.header)
    check(in_history, "header-head-not-in-history")
    check(3 * claim.signed_power > 2 * claim.set.total_power, "header-signed-power")


def public_values(header, parent, certificate):
    """Returns the public values of the statement of section 8."""
    signed_power, signers, opening = certificate
    check(set_root(opening) == header.validator_set_root, "header-set-opening")
    check(header_hash(parent) == header.parent_hash, "header-parent-hash")
    message = vote_message(header.chain_id, header.height, header.slot, header_hash(header))
    numbers = (header.slot, header.proposer, signed_power, opening.total_power)
    first = limbs(header.chain_id) + message + opening.root
    randomness = parent.randomness + header.randomness
    return first + sum(map(limbs, numbers), ()) + randomness + signers


def _check_chain(rules, header):
    check(header.version == 1, "header-version")
    check(header.chain_id == rules.chain_id, "header-chain-id")


def _check_members(rules, header, opening):
    """H6 to H9."""
    _check_opening(header, opening)
    check(header.proposer == header.slot % opening.n, "header-proposer")
    _check_next_set(rules, header)


def _check_opening(header, opening):
    """H6 and H7."""
    check(set_root(opening) == header.validator_set_root, "header-set-opening")
    check(1 <= opening.n <= 1024, "header-set-size")


def _check_parent(header, parent):
    """H10 to H13."""
    check(header_hash(parent) == header.parent_hash, "header-parent-hash")
    check(parent.height + 1 == header.height, "header-parent-height")
    check(parent.slot < header.slot, "header-parent-slot")
    check(parent.timestamp_ms < header.timestamp_ms, "header-parent-timestamp")


def _trusted_at(rules, header):
    epoch = (header.height + 1) // rules.epoch_length
    next_set = header.next_validator_set_root
    return Trusted(rules, header.height, header_hash(header), epoch, next_set)


def _check_next_set(rules, header):
    repeats = header.next_validator_set_root == header.validator_set_root
    check(repeats or ends_epoch(rules, header.height), "header-next-set")


def _is_in_history(digest, height, path, header):
    return trees.is_ancestor(digest, height, path, header.height, header.history_root)
