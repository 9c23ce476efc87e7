"""The codec of the read path: equal to eth_abi both ways, and strict in every byte."""

import pytest
from eth_abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts import words
from avsctl.contracts.address import to_checksum

UINTS = ("uint8", "uint16", "uint32", "uint48", "uint96", "uint256")
BYTES = ("bytes1", "bytes4", "bytes32")
TYPES = (*UINTS, *BYTES, "bool", "address")
ACCOUNTS = st.binary(min_size=20, max_size=20)


def values(kind):
    if kind in UINTS:
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    if kind in BYTES:
        return st.binary(min_size=int(kind[5:]), max_size=int(kind[5:]))
    return st.booleans() if kind == "bool" else ACCOUNTS.map(to_checksum)


TYPED = st.sampled_from(TYPES).flatmap(lambda kind: st.tuples(st.just(kind), values(kind)))
RESULTS = st.lists(st.tuples(st.booleans(), st.binary(max_size=70)), max_size=5)
ROWS = st.integers(1, 8).flatmap(
    lambda width: st.tuples(
        st.just(width), st.lists(st.lists(st.integers(0, 2**256 - 1), min_size=width, max_size=width), max_size=4)
    )
)


def word(value):
    return value.to_bytes(32)


def encode_results(results):
    return encode(["(bool,bytes)[]"], [results])


def encode_rows(width, rows):
    kind = "uint256" if width == 1 else f"({','.join(['uint256'] * width)})"
    return encode([f"{kind}[]"], [[row[0] for row in rows] if width == 1 else rows])


def refused(read, data):
    try:
        read(data)
    except ValueError:
        return True
    return False


@st.composite
def damaged(draw, whole):
    """A valid encoding with some bytes changed; often with such as stand in heads and lengths."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1) | st.integers(1, len(data) // 32).map(lambda n: 32 * n - 1))
        data[place] = draw(st.sampled_from((0, 1, 2, 31, 32, 64, 96, 255)) | st.integers(0, 255))
    return bytes(data)


# Single words


@given(TYPED)
def test_a_word_is_what_eth_abi_makes_of_it(typed):
    kind, value = typed
    data = encode([kind], [value])
    assert words.encode_word(kind, value) == data
    assert words.word_decoder(kind)(data) == value


@given(st.sampled_from(TYPES), st.binary(min_size=32, max_size=32) | st.integers(0, 300).map(word))
def test_any_word_is_read_as_eth_abi_reads_it_or_refused_as_well(kind, data):
    try:
        (expected,) = decode([kind], data)
    except Exception:  # noqa: BLE001 - whatever eth_abi refuses with
        assert refused(words.word_decoder(kind), data)
        return
    found = words.word_decoder(kind)(data)
    assert (found.lower() if kind == "address" else found) == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("kind", UINTS[:-1])
def test_a_number_ends_where_its_type_ends(kind):
    most = 2 ** int(kind[4:]) - 1
    assert words.word_decoder(kind)(word(most)) == most
    with pytest.raises(ValueError, match=f"{most + 1} is more than {kind[4:]} bits hold"):
        words.word_decoder(kind)(word(most + 1))


@pytest.mark.parametrize("place", range(12))
def test_every_high_byte_of_an_address_must_be_zero(place):
    data = bytearray(word(1))
    data[place] = 1
    with pytest.raises(ValueError, match="is no address"):
        words.decode_address(bytes(data))


@pytest.mark.parametrize("value", [2, 256, 2**255, 2**256 - 1])
def test_a_bool_is_0_or_1(value):
    assert (words.decode_bool(word(0)), words.decode_bool(word(1))) == (False, True)
    with pytest.raises(ValueError, match="is no bool"):
        words.decode_bool(word(value))


@pytest.mark.parametrize("place", [4, 5, 31])
def test_fixed_bytes_have_nothing_behind_them(place):
    data = bytearray(b"\xff" * 4 + bytes(28))
    assert words.word_decoder("bytes4")(bytes(data)) == b"\xff" * 4
    data[place] = 1
    with pytest.raises(ValueError, match="is more than 4 bytes"):
        words.word_decoder("bytes4")(bytes(data))


@pytest.mark.parametrize(
    "kind",
    ["string", "bytes", "uint256[]", "uint256[4]", "bytes32[]", "(uint256,bool)", "address[]", "int256", "bool[]"],
)
def test_other_types_are_left_to_eth_abi(kind):
    assert words.word_decoder(kind) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint16", 65_536),
        ("uint256", 2**256),
        ("uint256", -1),
        ("uint256", True),
        ("uint256", 1.0),
        ("uint256", "1"),
        ("uint256", None),
        ("bool", 1),
        ("bool", "true"),
        ("bytes4", b"\x01\x02\x03"),
        ("bytes4", b"\x01\x02\x03\x04\x05"),
        ("bytes4", "0x01020304"),
        ("address", "0x" + "11" * 19),
        ("address", "0x" + "11" * 21),
        ("address", "0x" + "11" * 19 + "1 "),
        ("address", "0x" + "11" * 19 + "  "),
        ("address", "0x" + "11" * 19 + "1_"),
        ("address", "11" * 21),
        ("address", "0X" + "11" * 20),
        ("address", "0x" + "zz" * 20),
        ("address", b"\x11" * 20),
        ("string", "x"),
        ("bytes", b"x"),
        ("uint256[]", 1),
    ],
)
def test_what_does_not_fit_its_type_is_not_encoded(kind, value):
    with pytest.raises(ValueError):  # noqa: PT011 - several texts
        words.encode_word(kind, value)


# Several words


@given(st.lists(TYPED, max_size=5), st.data())
def test_words_in_a_row(typed, data):
    kinds, plain = [kind for kind, _ in typed], tuple(value for _, value in typed)
    decoders = [words.word_decoder(kind) for kind in kinds]
    encoded = encode(kinds, plain)
    assert words.decode_words(decoders, encoded) == plain
    other = data.draw(st.integers(0, len(encoded) + 33).filter(lambda size: size != len(encoded)))
    assert refused(lambda raw: words.decode_words(decoders, raw), encoded.ljust(other, b"\0")[:other])


# Arrays of rows


@given(ROWS)
def test_rows_are_split_as_eth_abi_reads_them(shape):
    width, rows = shape
    found, cut = words.decode_word_rows(encode_rows(width, rows), (width,))
    assert found == (width if rows else 0)
    assert [[int.from_bytes(row[i : i + 32]) for i in range(0, len(row), 32)] for row in cut] == rows


@given(ROWS, st.integers(1, 8))
def test_rows_of_another_width_are_refused(shape, other):
    width, rows = shape
    if rows and other != width:
        with pytest.raises(ValueError, match=f"{other} words each were expected"):
            words.decode_word_rows(encode_rows(width, rows), (other,))


@given(ROWS, st.data())
def test_rows_cut_short_or_followed_by_anything_are_refused(shape, data):
    width, rows = shape
    whole = encode_rows(width, rows)
    size = data.draw(st.integers(0, len(whole) - 1))
    assert refused(lambda raw: words.decode_word_rows(raw, (width,)), whole[:size])
    more = data.draw(st.binary(min_size=1, max_size=70))
    assert refused(lambda raw: words.decode_word_rows(raw, (width,)), whole + more)


@given(damaged(ROWS.map(lambda shape: encode_rows(*shape))), st.sets(st.integers(1, 8), min_size=1))
def test_rows_that_are_accepted_are_the_canonical_encoding(data, widths):
    try:
        width, rows = words.decode_word_rows(data, sorted(widths))
    except ValueError:
        return
    assert width in widths or not rows
    assert word(32) + word(len(rows)) + b"".join(rows) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        word(32),
        word(0) + word(0),
        word(64) + word(0),
        word(33) + word(1) + word(7),
        word(2**255 + 32) + word(1) + word(7),
        word(32) + word(1),
        word(32) + word(0) + word(7),
        word(32) + word(2) + word(7),
        word(32) + word(2**256 - 1),
        word(32) + word(2**256 - 1) + word(7),
        word(32) + word(1) + word(7) + b"\0",
    ],
)
def test_what_is_no_array(data):
    assert refused(lambda raw: words.decode_word_rows(raw, (1,)), data)


# aggregate3


@given(st.lists(st.tuples(ACCOUNTS, st.binary(max_size=100)), max_size=5))
def test_the_calls_of_aggregate3_are_encoded_as_eth_abi_does(calls):
    expected = encode(["(address,bool,bytes)[]"], [[(target, True, calldata) for target, calldata in calls]])
    assert words.encode_aggregate3(calls) == expected


@pytest.mark.parametrize("size", [0, 19, 21, 32])
def test_a_target_has_twenty_bytes(size):
    with pytest.raises(ValueError, match=f"{size} bytes where 20 were expected"):
        words.encode_aggregate3([(bytes(size), b"")])


@given(RESULTS)
def test_the_results_of_aggregate3_are_read_as_eth_abi_does(results):
    assert words.decode_aggregate3(encode_results(results), len(results)) == results


@given(RESULTS, st.integers(0, 6))
def test_another_number_of_results_is_refused(results, count):
    data = encode_results(results)
    assert refused(lambda raw: words.decode_aggregate3(raw, count), data) == (count != len(results))


RESULT_SAMPLES = [[], [(True, b"")], [(False, b"\x01" * 4), (True, b"\x02" * 32), (True, b"\x03" * 33)]]


@pytest.mark.parametrize("results", RESULT_SAMPLES)
def test_results_cut_short_or_followed_by_anything_are_refused(results):
    whole = encode_results(results)
    for size in range(len(whole)):
        assert refused(lambda raw: words.decode_aggregate3(raw, len(results)), whole[:size]), size
    for more in (b"\0", bytes(31), bytes(32), bytes(64), b"\1" * 32):
        assert refused(lambda raw: words.decode_aggregate3(raw, len(results)), whole + more)


@pytest.mark.parametrize("results", RESULT_SAMPLES)
@pytest.mark.parametrize("bit", [1, 2, 32, 128])
def test_a_flipped_bit_is_refused_or_makes_the_encoding_of_other_results(results, bit):
    whole = encode_results(results)
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= bit
        if not refused(lambda raw: words.decode_aggregate3(raw, len(results)), bytes(data)):
            found = words.decode_aggregate3(bytes(data), len(results))
            assert found != results
            assert encode_results(found) == bytes(data)


@given(damaged(RESULTS.map(encode_results)), st.integers(0, 5))
def test_results_that_are_accepted_are_the_canonical_encoding(data, count):
    try:
        results = words.decode_aggregate3(data, count)
    except ValueError:
        return
    assert encode_results(results) == data


def test_offsets_that_overlap_or_are_swapped_are_refused():
    whole = encode_results([(True, b"a"), (True, b"b")])
    first, second = whole[64:96], whole[96:128]
    for offsets in (second + first, first + first, second + second, first + word(2**256 - 1)):
        assert refused(lambda raw: words.decode_aggregate3(raw, 2), whole[:64] + offsets + whole[128:])


def test_a_length_beyond_all_memory_is_refused_at_once():
    whole = bytearray(encode_results([(True, b"abc")]))
    whole[160:192] = word(2**256 - 1)
    assert refused(lambda raw: words.decode_aggregate3(raw, 1), bytes(whole))
