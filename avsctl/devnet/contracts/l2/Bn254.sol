// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The curve BN254: hashing to a point of G1, and signatures in G1 against keys in G2.
/// @notice A point of G1 is [x, y], one of G2 [x.c0, x.c1, y.c0, y.c1]; all zeros are the point at infinity in both.
library Bn254 {
    uint256 private constant FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 private constant INVERSION = FIELD - 2;
    uint256 private constant SQUARE_ROOT = (FIELD + 1) / 4;
    uint256 private constant CURVE_B = 3;
    // The smaller square root of -3, and that less one, halved.
    uint256 private constant ROOT = 4407920970296243842837207485651524041948558517760411303933;
    uint256 private constant ROOT_LESS_ONE_HALVED = 2203960485148121921418603742825762020974279258880205651966;

    // The generator of G2 with its y negated.
    uint256 private constant MINUS_G2_X0 = 10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 private constant MINUS_G2_X1 = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 private constant MINUS_G2_Y0 = 13392588948715843804641432497768002650278120570034223513918757245338268106653;
    uint256 private constant MINUS_G2_Y1 = 17805874995975841540914202342111839520379459829704422454583296818431106115052;

    uint256 private constant WORDS_PER_PAIR = 6;

    error BNAddCallFailed();
    error BadFTMappingImplementation();
    error ModularInverseError();

    /// @dev Two field elements from the message, each mapped to the curve, added.
    function hashToPoint(bytes32 domain, bytes memory message) internal view returns (uint256[2] memory) {
        (uint256 first, uint256 second) = _hashToField(domain, message);
        return _add(_map(first), _map(second));
    }

    /// @dev Whether e(signature, -g2) times the product of e(message, key) over all keys is one: the same as the signature being that
    /// of the sum of the keys, without adding in G2. False for words that are no point of their curve.
    function isSigned(uint256[2] memory message, uint256[2] memory signature, uint256[4][] memory keys)
        internal
        view
        returns (bool)
    {
        uint256[] memory pairs = new uint256[](WORDS_PER_PAIR * (keys.length + 1));
        _put(pairs, 0, signature, [MINUS_G2_X0, MINUS_G2_X1, MINUS_G2_Y0, MINUS_G2_Y1]);
        for (uint256 i = 0; i < keys.length; ++i) {
            _put(pairs, i + 1, message, keys[i]);
        }
        bool ok;
        uint256[1] memory result;
        assembly {
            ok := staticcall(gas(), 0x08, add(pairs, 0x20), mul(mload(pairs), 0x20), result, 0x20)
        }
        return ok && result[0] == 1;
    }

    /// @dev The precompile takes the second coordinate of a G2 number first.
    function _put(uint256[] memory pairs, uint256 index, uint256[2] memory point, uint256[4] memory key) private pure {
        uint256 at = index * WORDS_PER_PAIR;
        pairs[at] = point[0];
        pairs[at + 1] = point[1];
        pairs[at + 2] = key[1];
        pairs[at + 3] = key[0];
        pairs[at + 4] = key[3];
        pairs[at + 5] = key[2];
    }

    /// @dev expand_message_xmd of RFC 9380 with SHA-256 to 96 bytes, the domain's 32 bytes as the tag; 48 bytes to an element.
    function _hashToField(bytes32 domain, bytes memory message) private pure returns (uint256, uint256) {
        bytes memory tag = abi.encodePacked(domain, uint8(32));
        bytes32 seed = sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(96), uint8(0), tag));
        bytes32 first = sha256(abi.encodePacked(seed, uint8(1), tag));
        bytes32 second = sha256(abi.encodePacked(seed ^ first, uint8(2), tag));
        bytes32 third = sha256(abi.encodePacked(seed ^ second, uint8(3), tag));
        uint256 middle = uint256(second);
        uint256 low = addmod(mulmod(uint256(first), 1 << 128, FIELD), middle >> 128, FIELD);
        // 2^256 does not fit a word: shift twice.
        uint256 shifted = mulmod(mulmod(middle & type(uint128).max, 1 << 128, FIELD), 1 << 128, FIELD);
        return (low, addmod(shifted, uint256(third), FIELD));
    }

    /// @dev Fouque and Tibouchi's map: the first of three candidates for x that is on the curve; y is the root v^((p+1)/4) when t is a
    /// square, and its negative when not.
    function _map(uint256 t) private view returns (uint256[2] memory) {
        uint256 denominator = addmod(mulmod(t, t, FIELD), 1 + CURVE_B, FIELD);
        uint256 w = mulmod(mulmod(ROOT, t, FIELD), _inverse(denominator), FIELD);
        (, bool isSquare) = _squareRoot(t);
        uint256 x = addmod(ROOT_LESS_ONE_HALVED, FIELD - mulmod(t, w, FIELD), FIELD);
        for (uint256 i = 0; i < 3; ++i) {
            if (i == 1) x = FIELD - addmod(x, 1, FIELD);
            if (i == 2) x = addmod(1, _inverse(mulmod(w, w, FIELD)), FIELD);
            (uint256 y, bool isOnCurve) = _squareRoot(addmod(mulmod(mulmod(x, x, FIELD), x, FIELD), CURVE_B, FIELD));
            if (isOnCurve) return [x, isSquare ? y : FIELD - y];
        }
        revert BadFTMappingImplementation();
    }

    function _add(uint256[2] memory a, uint256[2] memory b) private view returns (uint256[2] memory sum) {
        uint256[4] memory points = [a[0], a[1], b[0], b[1]];
        bool ok;
        assembly {
            ok := staticcall(gas(), 0x06, points, 0x80, sum, 0x40)
        }
        if (!ok) revert BNAddCallFailed();
    }

    function _squareRoot(uint256 value) private view returns (uint256 root, bool exists) {
        root = _power(value, SQUARE_ROOT);
        exists = mulmod(root, root, FIELD) == value;
    }

    function _inverse(uint256 value) private view returns (uint256) {
        if (value == 0) revert ModularInverseError();
        return _power(value, INVERSION);
    }

    function _power(uint256 base, uint256 exponent) private view returns (uint256) {
        uint256[6] memory words = [32, 32, 32, base, exponent, FIELD];
        uint256[1] memory result;
        assembly {
            if iszero(staticcall(gas(), 0x05, words, 0xc0, result, 0x20)) { revert(0, 0) }
        }
        return result[0];
    }
}
