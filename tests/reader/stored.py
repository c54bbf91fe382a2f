"""What a light client stores: section 21."""

from collections import namedtuple

import follow
import proof_file
from codec import Reader, check, digest_text
from header import read_header
from protocol import KEY_DIGEST, SPAN_KEY_DIGEST
from sets import read_certificate

Signed = namedtuple("Signed", "header parent certificate proof")
Evidence = namedtuple("Evidence", "checkpoint anchor head conflicting parent_path ancestry")

# What is said of a form that only a later release knows.
LATER = "upgrade-required"
# In the place of a key's digest, where no span led to the head.
NO_SPAN = "00" * 32
MOST_STATE, MOST_EVIDENCE, MOST_PROOF = 397_312, 794_624, 393_216


def read(data, pinned):
    """Returns what is trusted, its header, and whether the client is stopped; nothing is trusted at the checkpoint."""
    check(len(data) <= MOST_STATE + MOST_EVIDENCE, "too-long")
    version = int.from_bytes(data[4:8], "little")
    if version not in (2, 3):
        return *_read_state(data, pinned), False
    r = Reader(data, magic=b"RPPL", version=version)
    choice = r.u32(0, 3)
    span = digest_text(r.digest()) if version == 3 else NO_SPAN
    length = r.u32(1 if choice == 0 else 0, MOST_EVIDENCE)
    if length:
        evidence = read_evidence(r.take(length))
        if choice == 0:
            r.end()
        check(span in (NO_SPAN, SPAN_KEY_DIGEST), "state-unknown-key")
        trusted, header = check_evidence(evidence)
        if choice == 0:
            check(evidence.checkpoint == pinned, "state-other-checkpoint")
            return trusted, header, True
    rest = r.take(len(data) - r.at)
    return (*_read_state(rest, pinned), False) if rest else (None, None, False)


def _read_state(data, pinned):
    r = Reader(data, most=MOST_STATE, magic=b"RPPL", version=1, later=LATER)
    checkpoint, anchor = follow.read_checkpoint(r), read_header(r)
    keys = r.digests(r.u32(1, 16))
    check(len(set(keys)) == len(keys), "out-of-range")
    head = Signed(read_header(r), read_header(r), read_certificate(r), data[r.at :])
    check(checkpoint == pinned, "state-other-checkpoint")
    trusted = follow.start_at_checkpoint(checkpoint, anchor)
    rests_on = {digest_text(key) for key in keys}
    check({KEY_DIGEST} <= rests_on <= {KEY_DIGEST, SPAN_KEY_DIGEST}, "state-unknown-key")
    check(head.header.height > checkpoint.height, "state-not-ahead")
    trusted = follow.resume(trusted, *head[:3])
    check_proof(trusted, head)
    return trusted, head.header


def read_evidence(data):
    r = Reader(data, most=MOST_EVIDENCE, magic=b"RPPE", version=1, later=LATER)
    checkpoint, anchor = follow.read_checkpoint(r), read_header(r)
    head = _read_signed(r) if r.u32(0, 1) else None
    conflicting, parent_path = _read_signed(r), r.digests(32)
    ancestry = (r.digest(), r.digests(32)) if r.u32(0, 1) else None
    r.end()
    return Evidence(checkpoint, anchor, head, conflicting, parent_path, ancestry)


def _read_signed(r):
    return Signed(read_header(r), read_header(r), read_certificate(r), r.take(r.u32(0, MOST_PROOF)))


def check_evidence(evidence):
    """Checks all but V14 to V16, and returns what is trusted at the head, and its header."""
    trusted = follow.start_at_checkpoint(evidence.checkpoint, evidence.anchor)
    header = evidence.anchor
    if evidence.head is not None:
        header = evidence.head.header
        trusted = follow.resume(trusted, *evidence.head[:3])
    other = evidence.conflicting
    follow.check_branch(
        trusted, header, other.header, other.parent, evidence.parent_path, other.certificate
    )
    is_other = follow.is_other_branch(header, other.header, evidence.ancestry)
    check(is_other, "evidence-no-conflict")
    check_proof(trusted, other)
    if evidence.head is not None:
        check_proof(trusted, evidence.head)
    return trusted, header


def check_proof(trusted, signed):
    """Checks the statement and the proof, but for V14 to V16."""
    header, parent, certificate, data = signed
    follow.public_values(header, parent, certificate)
    proof = proof_file.decode(data)
    proof_file.check_consensus(proof, trusted.params.chain_id, header.chain_id, certificate)
