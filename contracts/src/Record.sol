// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ending, Status} from "./Agreement.sol";

/// @title What the escrow says
/// @notice Its events, from which everybody can write its history, and its refusals.
abstract contract Record {
    /// @notice A deposit arrived and the clock runs.
    /// @param sessionId The session.
    /// @param student Who deposited.
    /// @param tutor Who will be paid.
    /// @param requestId The application's name for the call.
    /// @param token The token; zero is the chain's own coin.
    /// @param languageId The language that is taught.
    /// @param ratePerMinute Price of one minute.
    /// @param maxSeconds The longest time that can be paid for.
    /// @param deposit What arrived: the price of the longest time.
    event SessionStarted(
        bytes32 indexed sessionId,
        address indexed student,
        address indexed tutor,
        bytes32 requestId,
        address token,
        uint32 languageId,
        uint128 ratePerMinute,
        uint32 maxSeconds,
        uint256 deposit
    );

    /// @notice A session is over.
    /// @param sessionId The session.
    /// @param student Who deposited.
    /// @param tutor Who is paid.
    /// @param endedBy Who sent the transaction.
    /// @param ending What closed it.
    /// @param paidSeconds The seconds that are paid for.
    event SessionEnded(
        bytes32 indexed sessionId,
        address indexed student,
        address indexed tutor,
        address endedBy,
        Ending ending,
        uint256 paidSeconds
    );

    /// @notice A deposit was divided. The three amounts sum to it; what could not be sent is in `PaymentKept` as well.
    /// @param sessionId The session.
    /// @param token The token; zero is the chain's own coin.
    /// @param toTutor The tutor's part of the price.
    /// @param fee The platform's part of the price.
    /// @param toStudent What was not used.
    event SessionPaid(
        bytes32 indexed sessionId, address indexed token, uint256 toTutor, uint256 fee, uint256 toStudent
    );

    /// @notice The tutor stopped the clock and claims its time.
    /// @param sessionId The session.
    /// @param claimedSeconds The time on the clock.
    /// @param until The last second in which the student may dispute it.
    event EndClaimed(bytes32 indexed sessionId, uint256 claimedSeconds, uint256 until);

    /// @notice The student contests the tutor's claim.
    /// @param sessionId The session.
    /// @param until The last second before the session falls back to what is proven.
    event SessionDisputed(bytes32 indexed sessionId, uint256 until);

    /// @notice The meter's interim was shown: at least this much will be paid whatever happens to the meter.
    /// @param sessionId The session.
    /// @param provenSeconds The seconds proven so far.
    event SecondsProven(bytes32 indexed sessionId, uint256 provenSeconds);

    /// @notice Terms that cannot be kept: no tutor, a tutor who is the student or this contract, no price, or no time.
    error BadTerms();

    /// @notice Constructor arguments that cannot be kept: no platform, a fee above the whole, or a window of nothing or of too long.
    error BadSettings();

    /// @notice This very agreement was opened before.
    /// @param sessionId Its session.
    error SessionExists(bytes32 sessionId);

    /// @notice The student has a running session with this tutor; it has to end first.
    /// @param sessionId The running session.
    error SessionRunning(bytes32 sessionId);

    /// @notice The sender has no running session with this tutor.
    /// @param student The sender.
    /// @param tutor The tutor that was named.
    error NoRunningSession(address student, address tutor);

    /// @notice Sent for somebody by somebody else, a session has to be named by its id: only a wallet's own transactions come in order.
    error NameTheSession();

    /// @notice The session does not stand where the verb needs it: it was never opened, has moved on, or is closed.
    /// @param sessionId The session.
    /// @param status Where it stands.
    error WrongStatus(bytes32 sessionId, Status status);

    /// @notice The sender has no part in this session, or not the part that the verb needs.
    /// @param sender The sender.
    error NotYours(address sender);

    /// @notice The meter has proven more than this already.
    /// @param provenSeconds What was given.
    /// @param highest What was proven before.
    error LowerThanProven(uint256 provenSeconds, uint256 highest);

    /// @notice It is too early.
    /// @param allowedFrom The first second in which it is allowed.
    error TooEarly(uint256 allowedFrom);

    /// @notice It is too late.
    /// @param allowedUntil The last second in which it was allowed.
    error TooLate(uint256 allowedUntil);
}
