"""The contract clients: calls as values, strict decoding, reverts by name. Knows encodings, never fetches."""
