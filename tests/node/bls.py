"""BLS over BN254 as Othentic's contracts verify it: keys in G2, signatures in G1, and the hashes that are signed.

Written again from the formulas, to hold the contracts against; the curve's arithmetic is py_ecc's.
"""

from functools import cache
from hashlib import sha256

from eth_abi import encode
from eth_utils import keccak
from py_ecc.optimized_bn128 import FQ, G2, curve_order, multiply, normalize

FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
TASKS_MANAGER = keccak(text="TasksManager")
INFINITY = (0, 0)
ROOT_OF_MINUS_3 = 4407920970296243842837207485651524041948558517760411303933
TASK = ["string", "bytes", "address", "uint16"]


def secret_key(number: int) -> int:
    return int.from_bytes(keccak(text=f"secret key {number}"), "big") % curve_order


@cache
def public_key(number: int) -> tuple[int, int, int, int]:
    """[x.c0, x.c1, y.c0, y.c1], as it is registered."""
    x, y = normalize(multiply(G2, secret_key(number)))
    return tuple(int(word) for word in (*x.coeffs, *y.coeffs))


def sign(numbers, digest: bytes) -> tuple[int, int]:
    """The sum of all their signatures: one message, so one multiplication by the sum of the secret keys."""
    x, y = hash_to_point(TASKS_MANAGER, encode(["bytes32"], [digest]))
    signature = normalize(multiply((FQ(x), FQ(y), FQ(1)), sum(map(secret_key, numbers)) % curve_order))
    return tuple(int(word) for word in signature)


def task_hash(task) -> bytes:
    return keccak(encode(TASK, task))


def vote_hash(task, center: str, chain_id: int, is_approved: bool) -> bytes:
    return keccak(encode([*TASK, "address", "uint256", "bool"], [*task, center, chain_id, is_approved]))


def hash_to_point(domain: bytes, message: bytes) -> tuple[int, int]:
    expanded = expand_message(domain, message)
    first, second = (int.from_bytes(expanded[at : at + 48], "big") % FIELD for at in (0, 48))
    return add(map_to_curve(first), map_to_curve(second))


def expand_message(domain: bytes, message: bytes) -> bytes:
    """expand_message_xmd of RFC 9380 with SHA-256, to 96 bytes."""
    tag = domain + bytes([len(domain)])
    seed = sha256(bytes(64) + message + (96).to_bytes(2, "big") + b"\0" + tag).digest()
    blocks = [bytes(32)]
    for number in (1, 2, 3):
        mixed = bytes(a ^ b for a, b in zip(seed, blocks[-1], strict=True))
        blocks.append(sha256(mixed + bytes([number]) + tag).digest())
    return b"".join(blocks[1:])


def map_to_curve(t: int) -> tuple[int, int]:
    """Fouque and Tibouchi's map."""
    w = ROOT_OF_MINUS_3 * t * pow(1 + 3 + t * t, -1, FIELD)
    first = (ROOT_OF_MINUS_3 - 1) * pow(2, -1, FIELD) - t * w
    candidates = [first % FIELD, (-1 - first) % FIELD]
    if w % FIELD:
        candidates.append((1 + pow(w * w, -1, FIELD)) % FIELD)
    x = next(x for x in candidates if is_square(x**3 + 3))
    y = pow(x**3 + 3, (FIELD + 1) // 4, FIELD)
    return x, y if is_square(t) else FIELD - y


def is_square(value: int) -> bool:
    return pow(value, (FIELD - 1) // 2, FIELD) in (0, 1)


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, FIELD)
    x = (slope * slope - a[0] - b[0]) % FIELD
    return x, (slope * (a[0] - x) - a[1]) % FIELD
