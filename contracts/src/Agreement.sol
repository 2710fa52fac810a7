// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What a student and a tutor agree on. Its hash, with the student, the contract and the chain, is the session's id.
/// @param tutor Who is paid.
/// @param token The ERC-20 that is paid in; the zero address is the chain's own coin.
/// @param ratePerMinute Price of one minute, in the token's smallest unit.
/// @param maxSeconds The longest time that can be paid for; the deposit is the price of it.
/// @param languageId The language that is taught, as the application numbers them.
/// @param requestId The application's own name for the call, so that a deposit is recognised by whoever expects it.
struct Terms {
    address tutor;
    address token;
    uint128 ratePerMinute;
    uint32 maxSeconds;
    uint32 languageId;
    bytes32 requestId;
}

/// @notice Where a session stands. It only ever moves to the right; nothing leaves `Closed`.
/// @dev None: never opened. Open: the clock runs. Claimed: the tutor stopped the clock and claims its time. Disputed: the
/// student contests the claim. Closed: everything is paid out.
enum Status {
    None,
    Open,
    Claimed,
    Disputed,
    Closed
}

/// @notice What closed a session.
/// @dev Time: the student's word, by the clock. Voucher: the meter's final word. ClaimLapsed: nobody contested the tutor's claim in
/// time. DisputeLapsed: nobody proved more in time. Reclaimed: nobody ended it in time.
enum Ending {
    Time,
    Voucher,
    ClaimLapsed,
    DisputeLapsed,
    Reclaimed
}

/// @notice A session as it is stored, in four slots.
/// @param student Who deposited, and gets back what is not paid.
/// @param openedAt When the deposit was made, in seconds since 1970; the clock of the time-based price starts here.
/// @param maxSeconds As in the terms.
/// @param status Where it stands.
/// @param tutor Who is paid.
/// @param provenSeconds The highest interim proof of the meter that was shown to the contract.
/// @param claimedSeconds The time that the tutor's claim stopped the clock at; zero before a claim.
/// @param token As in the terms.
/// @param until Claimed: the last second of a dispute. Disputed: the last second for the meter to answer. Zero before.
/// @param languageId As in the terms.
/// @param ratePerMinute As in the terms.
struct Session {
    address student;
    uint40 openedAt;
    uint32 maxSeconds;
    Status status;
    address tutor;
    uint32 provenSeconds;
    uint32 claimedSeconds;
    address token;
    uint40 until;
    uint32 languageId;
    uint128 ratePerMinute;
}

/// @notice The arithmetic that contract, server and browser share: 60 seconds, rounded up once, the fee rounded down.
library Price {
    /// @notice One hundredth of a percent is one basis point; this many are the whole.
    uint256 internal constant WHOLE = 10_000;

    /// @notice The price of some seconds. A started smallest unit counts, as in the preset `tutoring-onchain`.
    /// @param ratePerMinute Price of one minute, in the token's smallest unit.
    /// @param paidSeconds The seconds that are paid for.
    /// @return The price, in the token's smallest unit.
    function ofSeconds(uint128 ratePerMinute, uint256 paidSeconds) internal pure returns (uint256) {
        return (uint256(ratePerMinute) * paidSeconds + 59) / 60;
    }

    /// @notice The platform's share of a price, rounded down: what cannot be divided is the tutor's.
    /// @param price The whole price.
    /// @param feeBps The share, in basis points.
    /// @return The fee.
    function feeOf(uint256 price, uint256 feeBps) internal pure returns (uint256) {
        return (price * feeBps) / WHOLE;
    }
}
