"""The state hash: sections 1 and 2."""

from functools import lru_cache

from protocol import DIAGONAL, EXTERNAL, INTERNAL, MATRIX, P

PARAMS, HEADER, SET, SET_LEAF, PARTICIPATION, SIGNERS, HISTORY, RANDOM = range(1, 9)
SLOT, CHAIN, SIG_MESSAGE, SIG_LEAF, KEY_VOTE, KEY_ACCOUNT, VOTE = range(9, 16)
TRANSFER, REGISTER, REKEY, ACCOUNT, TXS = range(16, 21)
FOLD, KEY_SETUP, SETUP = 21, 25, 26
ZERO = (0,) * 8


def _external_layer(x):
    lanes = []
    for k in range(0, 16, 4):
        a, b, c, d = x[k : k + 4]
        lanes += [m * a + n * b + o * c + q * d for m, n, o, q in MATRIX]
    sums = [lanes[i] + lanes[i + 4] + lanes[i + 8] + lanes[i + 12] for i in range(4)]
    return [lanes[i] + sums[i % 4] for i in range(16)]


def _seventh_power(x):
    square = x * x % P
    return square * square % P * square % P * x % P


def permute(state):
    """Returns the permutation of 16 elements."""
    state = _external_layer(state)
    for constants in EXTERNAL[:4]:
        state = _external_layer([_seventh_power((x + c) % P) for x, c in zip(state, constants)])
    for constant in INTERNAL:
        state[0] = _seventh_power((state[0] + constant) % P)
        total = sum(state)
        state = [(total + d * x) % P for d, x in zip(DIAGONAL, state)]
    for constants in EXTERNAL[4:]:
        state = _external_layer([_seventh_power((x + c) % P) for x, c in zip(state, constants)])
    return [x % P for x in state]


@lru_cache(maxsize=None)
def compress(left, right):
    """Returns the parent of two nodes."""
    both = left + right
    return tuple((x + y) % P for x, y in zip(permute(both)[:8], both))


@lru_cache(maxsize=None)
def hash_elements(domain, elements):
    """Returns the hash of a tuple of elements for the purpose `domain`."""
    state = [0] * 8 + [domain, len(elements)] + [0] * 6
    for start in range(0, len(elements), 8):
        for lane, x in enumerate(elements[start : start + 8]):
            state[lane] += x
        state = permute(state)
    return tuple(state[:8])


def limbs(x, count=2):
    """Returns an integer in limbs of 16 bits, lowest first."""
    return tuple(x >> 16 * i & 0xFFFF for i in range(count))
