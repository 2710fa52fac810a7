// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Pen
/// @notice Signs inside of a contract, for the proof alone. The nonce is always 1, so that the curve needs no multiplication: r is the
/// generator's x, s = hash + r · key. Everybody can read the key off such a signature; here everybody knows it.
library Pen {
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant GENERATOR_X = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;

    /// @notice A signature with the lower s, as it has to be; or with the higher one, which is mathematically as good.
    function sign(uint256 key, bytes32 hash, bool turnedOver) internal pure returns (bytes memory) {
        uint256 s = addmod(uint256(hash), mulmod(GENERATOR_X, key, ORDER), ORDER);
        uint8 v = 27;
        if ((s > ORDER / 2) != turnedOver) (s, v) = (ORDER - s, 28);
        return abi.encodePacked(GENERATOR_X, s, v);
    }
}
