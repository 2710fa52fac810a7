// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title The meter's word
/// @notice Checks what the meter signed about a session (EIP-712): a voucher is final, an interim is "so far".
/// @dev The two have different types, so that an interim can never close a session. The session's id is a hash of chain, contract,
/// student and terms; the domain names chain and contract once more.
abstract contract Vouchers is EIP712 {
    /// @notice Hash of the type of a final voucher: the seconds that both were there, and no more will follow.
    bytes32 public constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 sessionId,uint64 provenSeconds)");

    /// @notice Hash of the type of an interim: the seconds that both were there so far.
    bytes32 public constant INTERIM_TYPEHASH = keccak256("Interim(bytes32 sessionId,uint64 provenSeconds)");

    /// @notice The one key whose word counts. It can lower a price or prove a part of it, and can never move a coin elsewhere.
    address public immutable METER;

    /// @notice The signature is malformed, malleable, or somebody else's.
    /// @param signer Who signed it, as far as can be told; zero if nobody.
    error NotSignedByMeter(address signer);

    /// @notice A meter that nobody can be.
    error MeterMissing();

    /// @param meter The address that the meter signs with.
    constructor(address meter) EIP712("Fairminute SessionEscrow", "1") {
        if (meter == address(0)) revert MeterMissing();
        METER = meter;
    }

    /// @notice Passes if the meter signed exactly this, for this chain and this contract.
    /// @param typehash `VOUCHER_TYPEHASH` or `INTERIM_TYPEHASH`.
    /// @param sessionId The session it speaks of.
    /// @param provenSeconds What it says.
    /// @param signature 65 bytes, r, s, v, with the lower of the two possible s.
    function _requireMeter(bytes32 typehash, bytes32 sessionId, uint64 provenSeconds, bytes calldata signature)
        internal
        view
    {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(typehash, sessionId, provenSeconds)));
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        if (failure != ECDSA.RecoverError.NoError || signer != METER) revert NotSignedByMeter(signer);
    }
}
