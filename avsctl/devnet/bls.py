"""BLS over BN254 as Othentic's OBLS verifies it: keys in G2, signatures in G1, messages hashed to points.

Pure. Importing it imports py_ecc, which raises Python's recursion limit: only what starts a devnet, or signs with its
keys, imports it.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, TypeAlias

from py_ecc.fields import optimized_bn128_FQ as FQ
from py_ecc.optimized_bn128.optimized_curve import G2, add, curve_order, multiply, normalize

from avsctl.contracts.keccak import keccak256

ORDER: Final = curve_order
"""Number of points of each group; secret keys are from 1 to below it."""
FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""Order of the field that coordinates are from."""
TASKS_MANAGER: Final = keccak256(b"TasksManager")
"""Domain of votes on tasks, and of the performer's BLS signature."""
INFINITY: Final = (0, 0)
"""The point at infinity of G1 as the contracts write it: the aggregate of nobody."""

BlsKey: TypeAlias = tuple[int, int, int, int]
"""A point of G2 as it is registered: x.c0, x.c1, y.c0, y.c1."""
Point: TypeAlias = tuple[int, int]
"""A point of G1, as signatures are."""

_Fp2: TypeAlias = tuple[int, int]
"""a + b·u with u² = -1."""

_B: Final = 3
"""Of the curve y² = x³ + 3."""
_ROOT_OF_MINUS_3: Final = 4407920970296243842837207485651524041948558517760411303933
_HASH_BYTES: Final = 48
"""What one field element is reduced from."""
_BLOCK_BYTES: Final = 64
"""SHA-256's."""


def keys_from(secret: int) -> Iterator[BlsKey]:
    """Give the public keys of ``secret``, ``secret + 1``, and so on: one multiplication, then one addition a key.

    ``secret`` is from 2 to so far below ``ORDER`` that it is not reached.
    """
    step = _public_key(1)
    key = _public_key(secret)
    while True:
        yield key
        key = _add_keys(key, step)


def sign(secrets: Iterable[int], message: bytes) -> Point:
    """Give the aggregate of these secret keys' votes on one message: one multiplication, by the sum of the keys."""
    secret = sum(secrets) % ORDER
    if not secret:
        return INFINITY
    x, y = hash_to_point(TASKS_MANAGER, message)
    return _affine(multiply((FQ(x), FQ(y), FQ(1)), secret))


def hash_to_point(domain: bytes, message: bytes) -> Point:
    """Map a message to a point of G1, as ``OBLS.hashToPoint`` does.

    RFC 9380's ``expand_message_xmd`` with SHA-256 makes 96 bytes of it, each half of them is reduced to a field
    element, each of these is mapped to the curve, and the two points are added.
    """
    stream = _expand_message(domain, message, 2 * _HASH_BYTES)
    halves = (int.from_bytes(half) % FIELD for half in (stream[:_HASH_BYTES], stream[_HASH_BYTES:]))
    (x, y), (other_x, other_y) = map(_map_to_curve, halves)
    return _affine(add((FQ(x), FQ(y), FQ(1)), (FQ(other_x), FQ(other_y), FQ(1))))


def _expand_message(domain: bytes, message: bytes, length: int) -> bytes:
    """RFC 9380, section 5.3.1; the domain is the tag as it is."""
    tag = domain + len(domain).to_bytes()
    first = sha256(bytes(_BLOCK_BYTES) + message + length.to_bytes(2) + bytes(1) + tag).digest()
    block = sha256(first + b"\x01" + tag).digest()
    stream = block
    for number in range(2, -(-length // len(block)) + 1):
        mixed = (int.from_bytes(first) ^ int.from_bytes(block)).to_bytes(len(block))
        block = sha256(mixed + number.to_bytes() + tag).digest()
        stream += block
    return stream[:length]


def _map_to_curve(t: int) -> Point:
    """Fouque and Tibouchi, Indifferentiable Hashing to Barreto-Naehrig Curves (2012), section 3.

    The first of three x that is on the curve, and of its two y the root v^((p+1)/4) where t is a square, else the
    other one.
    """
    for x in _candidates(t):
        value = x**3 + _B
        root = pow(value, (FIELD + 1) // 4, FIELD)
        if (root * root - value) % FIELD == 0:
            return x, root if _is_square(t) else FIELD - root
    raise ArithmeticError("none of three x is on the curve")


def _candidates(t: int) -> Iterator[int]:
    w = _ROOT_OF_MINUS_3 * t * pow(1 + _B + t * t, -1, FIELD)
    first = (_ROOT_OF_MINUS_3 - 1) * pow(2, -1, FIELD) - t * w
    yield first % FIELD
    yield (-1 - first) % FIELD
    yield (1 + pow(w, -2, FIELD)) % FIELD


def _is_square(value: int) -> bool:
    """Euler's criterion; 0 is a square."""
    return pow(value, (FIELD - 1) // 2, FIELD) <= 1


def _affine(point: tuple[FQ, FQ, FQ]) -> Point:
    x, y = normalize(point)
    return int(x), int(y)


def _public_key(secret: int) -> BlsKey:
    x, y = normalize(multiply(G2, secret))
    (x0, x1), (y0, y1) = x.coeffs, y.coeffs
    return int(x0), int(x1), int(y0), int(y1)


def _add_keys(a: BlsKey, b: BlsKey) -> BlsKey:
    """Add two points of different x by the chord through them; a tenth of what py_ecc takes for an affine sum."""
    run = (b[0] - a[0], b[1] - a[1])
    norm = pow(run[0] * run[0] + run[1] * run[1], -1, FIELD)
    slope = _multiply((b[2] - a[2], b[3] - a[3]), (run[0] * norm, -run[1] * norm))
    square = _multiply(slope, slope)
    x = (square[0] - a[0] - b[0]) % FIELD, (square[1] - a[1] - b[1]) % FIELD
    rise = _multiply(slope, (a[0] - x[0], a[1] - x[1]))
    return (*x, (rise[0] - a[2]) % FIELD, (rise[1] - a[3]) % FIELD)


def _multiply(a: _Fp2, b: _Fp2) -> _Fp2:
    return (a[0] * b[0] - a[1] * b[1]) % FIELD, (a[0] * b[1] + a[1] * b[0]) % FIELD
