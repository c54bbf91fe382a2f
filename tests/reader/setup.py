"""A signed setup: section 28."""

import base64
import hashlib
import re
from collections import namedtuple
from functools import lru_cache

import corpus
import ed25519
import keys
import setup_files
from codec import Reader, Refused, check, u32
from setup_files import LIMITS, parse, setup_file
from state_hash import SETUP, hash_elements, limbs

FOLDER = corpus.FOLDER / "setup"
DAY = 24 * 60 * 60 * 1000
SIGNATURES = 16

Signed = namedtuple("Signed", "content signatures")
Seen = namedtuple("Seen", "version sha256")
KeySet = namedtuple("KeySet", "keys threshold")


class Trust:
    """What a client trusts of a setup, from its pin on, and what it remembers."""

    def __init__(self, pin):
        self.root, self.pin, self.latest = None, pin, 0
        self.seen = {"circuits": Seen(0, None), "checkpoint": Seen(0, None)}
        self.header, self.roots, self.last = None, [], {}
        if "file" in pin:
            content = (FOLDER / "files" / pin["file"]).read_bytes()
            check(len(content) <= LIMITS["root"].most, "setup-too-long")
            root = setup_files.read("root", content, None)
            check_range("root", root["version"])
            self.believe(root, content)
        if "keys" in pin:
            pinned = setup_files.key_set(pin["keys"]["keys"], pin["keys"]["threshold"])
            setup_files.check_keys(pinned)

    def next_root(self):
        if self.root:
            return self.root["version"] + 1
        if "keys" in self.pin:
            return self.pin["keys"]["version"]
        return int(self.pin["fingerprint"].split(":")[0])

    def verify(self, data, now):
        """Returns circuits.json, once everything was checked."""
        roots, signed_circuits, signed_checkpoint, chain = read_served(data)
        for signed in roots:
            self.take_root(signed, now)
        check(self.root is not None, "setup-missing-file")
        check(self.root["expires"] > max(now, self.latest), "setup-expired")
        circuits, seen = self.open("circuits", signed_circuits, now)
        check(len(chain) == circuits["chain"]["length"], "setup-length")
        check(sha256(chain) == circuits["chain"]["sha256"], "setup-digest")
        genesis = setup_files.read("chain", chain, self.root["chain_id"])
        offline = circuits["checkpoint"]
        check(offline["timestamp_ms"] <= circuits["issued"], "setup-checkpoint-ahead")
        is_genesis = offline["height"] > 0 or offline["hash"] == genesis
        check(is_genesis, "setup-other-checkpoint")
        self.remember("circuits", seen, circuits)
        self.keep("circuits", signed_circuits)
        checkpoint, seen = self.open("checkpoint", signed_checkpoint, now)
        check(checkpoint["timestamp_ms"] <= checkpoint["issued"], "setup-checkpoint-ahead")
        check_follows(checkpoint, offline)
        for role, beside in (("root", self.root), ("circuits", circuits)):
            check(beside["version"] >= checkpoint[f"{role}_version"], "setup-out-of-date")
        if self.header:
            check_follows(checkpoint, self.header)
        self.header = {name: checkpoint[name] for name in offline}
        self.remember("checkpoint", seen, checkpoint)
        self.keep("checkpoint", signed_checkpoint)
        for file in (self.root, circuits, checkpoint):
            check(file["expires"] > max(now, self.latest), "setup-expired")
        return circuits

    def keep(self, role, signed):
        """Keeps a file; the same one again with its earlier signatures, so that none is forgotten by leaving it out."""
        last = self.last.get(role)
        if last and last.content == signed.content:
            added = [one for one in signed.signatures if one not in last.signatures]
            signed = Signed(signed.content, last.signatures + added)
        self.last[role] = signed

    def remember(self, role, seen, file):
        self.seen[role], self.latest = seen, max(self.latest, file["issued"])

    def open(self, role, signed, now):
        seen, root = self.seen[role], self.root
        digest = sha256(signed.content)

        def order(version):
            check(version >= root["roles"][role]["min_version"], "setup-below-minimum")
            check(version >= seen.version, "setup-rollback")
            other = version == seen.version and seen.sha256 not in (None, digest)
            check(not other, "setup-two-contents")

        known = keys_of(root, role)
        file, _ = self.check_signed(role, signed, known, root["chain_id"], order, now, True)
        return file, Seen(file["version"], digest)

    def take_root(self, signed, now):
        if signed.content in self.roots:
            return None
        if self.root is None and "fingerprint" in self.pin:
            version, digest = self.pin["fingerprint"].split(":")
            check(len(signed.content) <= LIMITS["root"].most, "setup-too-long")
            check(sha256(signed.content) == digest, "setup-digest")
            root = setup_files.read("root", signed.content, None)
            check_range("root", root["version"])
            check(root["version"] == int(version), "setup-signed-version")
            return self.believe(root, signed.content)
        version = self.next_root()

        def order(got):
            check(got >= version, "setup-rollback")
            check(got <= version, "setup-root-skipped")

        if self.root:
            known, chain_id = keys_of(self.root, "root"), self.root["chain_id"]
        else:
            pinned = self.pin["keys"]
            known = setup_files.key_set(pinned["keys"], pinned["threshold"])
            chain_id = pinned["chain_id"]
        root, _ = self.check_signed("root", signed, known, chain_id, order, now, False)
        own = keys_of(root, "root")
        versions = signers(signed, "root", own, chain_id, root)
        check_version_signed(versions, root["version"], own)
        if self.root:
            for role in ("circuits", "checkpoint"):
                before = self.root["roles"][role]["min_version"]
                check(root["roles"][role]["min_version"] >= before, "setup-minimum-lowered")
        return self.believe(root, signed.content)

    def check_signed(self, role, signed, known, chain_id, order, now, is_last):
        check(len(signed.content) <= LIMITS[role].most, "setup-too-long")
        versions = signers(signed, role, known, chain_id, self.root)
        envelope, rest = setup_files.read_envelope(role, signed.content, chain_id)
        version, issued = envelope["version"], envelope["issued"]
        check_version_signed(versions, version, known)
        check_range(role, version)
        order(version)
        check(issued <= now + DAY, "setup-issued-ahead")
        check(not is_last or envelope["expires"] > max(now, self.latest), "setup-expired")
        lifetime = envelope["expires"] - issued
        check(0 < lifetime <= LIMITS[role].days * DAY, "setup-lifetime")
        return envelope | setup_files.read_content(role, rest), versions

    def believe(self, root, content):
        for role in ("circuits", "checkpoint"):
            before = keys_of(self.root, role).keys if self.root else None
            is_same = before is not None and set(before) == set(keys_of(root, role).keys)
            if not is_same and not self.is_last_by(role, root):
                self.seen[role] = Seen(root["roles"][role]["min_version"], None)
                self.header = None if role == "checkpoint" else self.header
        self.roots.append(content)
        self.root, self.latest = root, max(self.latest, root["issued"])


    def is_last_by(self, role, root):
        """Whether enough of the keys of a root have signed the newest file that was taken."""
        last, seen, known = self.last.get(role), self.seen[role], keys_of(root, role)
        if last is None or sha256(last.content) != seen.sha256:
            return False
        try:
            versions = signers(last, role, known, root["chain_id"], None)
            check_version_signed(versions, seen.version, known)
        except Refused:
            return False
        return True


def check_follows(header, earlier):
    is_later = header["timestamp_ms"] > earlier["timestamp_ms"]
    is_same_height = header["height"] == earlier["height"]
    is_higher = header["height"] > earlier["height"] and is_later
    check(is_same_height or is_higher, "setup-checkpoint-behind")
    if is_same_height:
        check(all(header[name] == earlier[name] for name in earlier), "setup-other-checkpoint")


def keys_of(root, role):
    return setup_files.key_set(root["roles"][role]["keys"], root["roles"][role]["threshold"])


def check_range(role, version):
    check(1 <= version < 2 ** LIMITS[role].height, "setup-version-range")


def check_version_signed(versions, version, known):
    right = [v for v in versions.values() if v == version]
    check(len(right) >= known.threshold, "setup-signed-version")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def signers(signed, role, known, chain_id, root):
    """Returns the version that each key of the role has signed, if they are enough."""
    versions, first = {}, "setup-too-few-keys"
    for halves in signed.signatures:
        try:
            key, version = check_pair(halves, signed.content, role, known, chain_id, root, versions)
            versions[key] = version
        except Refused as refused:
            first = str(refused) if first == "setup-too-few-keys" else first
    check(len(versions) >= known.threshold, first)
    return versions


def check_pair(halves, content, role, known, chain_id, root, earlier):
    """Returns the key that has signed with both halves, and the version."""
    check(halves[0], "setup-half-missing")
    key_id, signature, comment, global_signature = read_minisig(halves[0])
    found = [key for key in known.keys if setup_files.point(key[0])[0] == key_id]
    if not found:
        roles = ("root", "circuits", "checkpoint") if root else ()
        named = [key for other in roles for key in keys_of(root, other).keys]
        is_named = any(setup_files.point(key[0])[0] == key_id for key in named)
        raise Refused("setup-other-role" if is_named else "setup-unknown-key")
    check(found[0] not in earlier, "setup-signed-twice")
    public = setup_files.point(found[0][0])[1]
    digest = hashlib.blake2b(content).digest()
    check(verify_ed25519(public, digest, signature), "setup-ed25519")
    check(verify_ed25519(public, signature + comment, global_signature), "setup-trusted-comment")
    check(halves[1], "setup-half-missing")
    try:
        r = Reader(halves[1], 2048, b"RPPH", 1)
        version = r.u32()
        public = keys.decode_public_key(r.take(56))
        signature = keys.decode_signature(r.data[r.at :])
    except Refused as refused:
        raise Refused("setup-hash-encoding") from refused
    height, expected = LIMITS[role].height, bytes.fromhex(found[0][1])
    is_other_half = public.tree_height == height
    named = u32(*keys.key_id(public, "setup", chain_id))
    check(is_other_half and named == expected, "setup-hash-key")
    data = hashlib.sha256(content).digest()
    words = tuple(data[i] + 256 * data[i + 1] for i in range(0, 32, 2))
    number = (LIMITS[role].number,)
    message = hash_elements(SETUP, limbs(chain_id) + number + limbs(version) + words)
    check(is_signed(public, version, message, halves[1], signature), "setup-hash-signature")
    return found[0], version


VERIFIED = {}


def is_signed(public, version, message, encoded, signature):
    """Returns whether the hash-based half holds; the same one is in many cases."""
    case = (public, version, message, encoded)
    if case not in VERIFIED:
        try:
            keys.verify(public, version, message, signature)
            VERIFIED[case] = True
        except Refused:
            VERIFIED[case] = False
    return VERIFIED[case]


@lru_cache(maxsize=None)
def verify_ed25519(public, message, signature):
    return ed25519.verify(public, message, signature)


def read_minisig(data):
    """Returns key id, signature, trusted comment and global signature."""
    check(len(data) <= 512, "setup-signature-too-long")
    lines = data.split(b"\n")
    plain = all(32 <= b <= 126 or b == 10 for b in data)
    check(plain and len(lines) == 5 and lines[4] == b"", "setup-minisign-lines")
    untrusted, first, trusted, second, _ = lines
    check(trusted.startswith(b"trusted comment: "), "setup-minisign-comment")
    check(untrusted.startswith(b"untrusted comment: "), "setup-minisign-comment")
    signed = read_base64(first, 74, "setup-base64")
    check(signed[:2] == b"ED", "setup-minisign-algorithm")
    comment = trusted.removeprefix(b"trusted comment: ")
    return signed[2:10], signed[10:], comment, read_base64(second, 64, "setup-base64")


def read_base64(text, length, code):
    return setup_files.read_base64(text, length, code)


def read_served(data):
    r = Reader(data, 4 << 20, b"RPPU", 1)
    count = r.u32(0, 64)
    roots = [read_signed(r, "root") for _ in range(count)]
    circuits, checkpoint = read_signed(r, "circuits"), read_signed(r, "checkpoint")
    chain = r.take(r.u32(0, 1024))
    r.end()
    return roots, circuits, checkpoint, chain


def read_signed(r, role):
    content = r.take(r.u32(0, LIMITS[role].most))
    count = r.u32(0, SIGNATURES)
    halves = [(r.take(r.u32(0, 512)), r.take(r.u32(0, 2048))) for _ in range(count)]
    return Signed(content, halves)


def body(step):
    files = [*step["roots"], step["circuits"], step["checkpoint"]]
    chain = (FOLDER / "files" / step["chain"]).read_bytes()
    data = b"RPPU" + u32(1, len(step["roots"]))
    data += b"".join((FOLDER / "files" / name).read_bytes() for name in files)
    data += u32(len(chain)) + chain
    splice = step["splice"]
    return corpus.apply(data, splice, splice["times"]) if splice else data


def check_circuits(circuits):
    """The fifth step: the circuits of this verifier are those of `docs/setup/circuits`."""
    for listed in circuits["circuits"]:
        own = setup_files.OWN.get((listed["number"], listed["version"]))
        if own:
            name, data = own
            is_own = (name, len(data), sha256(data)) == (
                listed["name"],
                listed["length"],
                listed["sha256"],
            )
            check(is_own, "setup-circuit-differs")
    has_heads = any(listed["number"] == 1 for listed in circuits["circuits"])
    check(has_heads, "setup-circuit-missing")


def check_height(circuits, height):
    """Whether a proof of the circuit of heads may be looked at."""
    own, active = None, []
    for listed in circuits["circuits"]:
        if listed["number"] == 1:
            until = listed["until"]
            is_active = listed["from"] <= height and (until is None or height < until)
            if listed["version"] == 1:
                own = is_active
            elif is_active:
                active.append(listed)
    if own:
        return
    check(not active, "upgrade-required")
    raise Refused("circuit-not-listed" if own is None else "circuit-not-active")


def check_case(case):
    """Checks all steps, and gives the verdict of the last."""
    trust, last = None, None
    try:
        trust = Trust(case["pin"])
    except Refused as refused:
        last = refused
    for step in case["steps"]:
        if trust is None:
            assert str(last) == step["expect"], (last, step["expect"])
            continue
        last = None
        try:
            circuits = trust.verify(body(step), int(step["now_ms"]))
            check_circuits(circuits)
            for height, expected in step["heads"]:
                assert verdict_at(circuits, height) == expected, height
        except Refused as refused:
            last = refused
        got = str(last) if last else "accept"
        assert got == step["expect"], (got, step["expect"])
    if last:
        raise last


def verdict_at(circuits, height):
    try:
        check_height(circuits, height)
    except Refused as refused:
        return str(refused)
    return "accept"
