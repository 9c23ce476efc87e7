"""Keccak-256, the hash of selectors, addresses and storage slots."""

from Crypto.Hash import keccak


def keccak256(data: bytes) -> bytes:
    """Hash ``data`` with Keccak-256 as Ethereum uses it; returns 32 bytes."""
    return keccak.new(digest_bits=256, data=data).digest()
