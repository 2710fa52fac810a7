// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What the proof believes of one session, written down from its own calls and never read from the escrow.
struct Belief {
    uint8 status;
    uint8 student;
    uint8 tutor;
    uint8 token;
    uint40 openedAt;
    uint32 longest;
    uint32 proven;
    uint32 stopped;
    uint40 until;
    uint128 rate;
    bytes32 id;
    bytes32 request;
}

/// @title Believer
/// @notice A small model of the escrow that knows nothing of its code: who should have what, and what should be refused.
/// @dev People are numbers: 0 to 2 students, 3 to 5 tutors, 6 meter, 7 platform, 8 stranger. Number 0 is this contract itself, which
/// lives at the address of a key, so that its own calls are a wallet's own transactions.
abstract contract Believer {
    uint256 internal constant STUDENTS = 3;
    uint256 internal constant TUTORS = 3;
    uint8 internal constant METER = 6;
    uint8 internal constant PLATFORM = 7;
    uint8 internal constant STRANGER = 8;
    uint256 internal constant TOKENS = 3;

    uint256 internal feeBps;
    uint256 internal window;
    uint256 internal delay;

    mapping(uint256 serial => Belief) internal beliefs;
    uint256 internal serials;
    uint256[] internal live;
    uint256[16] internal buried;
    uint256 internal burials;
    mapping(uint256 student => mapping(uint256 tutor => uint256 serial)) internal running;

    /// @notice Sums by token: deposits of sessions that are not closed, and what waits to be withdrawn.
    uint256[TOKENS] internal deposited;
    uint256[TOKENS] internal waiting;
    mapping(uint256 token => mapping(uint256 who => uint256)) internal waitingFor;
    /// @notice Whom a payment in this token would not reach now.
    mapping(uint256 token => mapping(uint256 who => bool)) internal unreachable;

    /// @notice What the payment of one session should bring to whom, sent and not kept.
    struct Paid {
        uint256 sentToTutor;
        uint256 sentToStudent;
    }

    function _price(uint256 rate, uint256 time) internal pure returns (uint256 price) {
        price = rate * time / 60;
        if (price * 60 < rate * time) price++;
    }

    /// @notice The time that a session would be paid for by the clock, now.
    function _clock(Belief storage belief) internal view returns (uint256) {
        if (belief.status > 1) return belief.stopped;
        uint256 end = belief.openedAt + belief.longest;
        return (block.timestamp > end ? end : block.timestamp) - belief.openedAt;
    }

    function _isReclaimable(Belief storage belief) internal view returns (bool) {
        return block.timestamp >= uint256(belief.openedAt) + belief.longest + delay;
    }

    function _isParty(Belief storage belief, uint256 who) internal view returns (bool) {
        return who == belief.student || who == belief.tutor || who == METER;
    }

    function _believeOpened(Belief memory belief) internal {
        uint256 serial = ++serials;
        beliefs[serial] = belief;
        live.push(serial);
        running[belief.student][belief.tutor] = serial;
        deposited[belief.token] += _price(belief.rate, belief.longest);
    }

    function _believeStopped(uint256 serial) internal {
        Belief storage belief = beliefs[serial];
        belief.stopped = uint32(_clock(belief));
        belief.status = 2;
        belief.until = uint40(block.timestamp + window);
        if (running[belief.student][belief.tutor] == serial) running[belief.student][belief.tutor] = 0;
    }

    function _believeClosed(uint256 serial, uint256 time) internal returns (Paid memory paid) {
        Belief storage belief = beliefs[serial];
        uint256 whole = _price(belief.rate, belief.longest);
        uint256 price = _price(belief.rate, time);
        uint256 fee = price * feeBps / 10_000;
        require(price <= whole, "more than was deposited");
        if (belief.status == 1) running[belief.student][belief.tutor] = 0;
        belief.status = 4;
        deposited[belief.token] -= whole;
        _believeKept(belief.token, PLATFORM, fee);
        if (unreachable[belief.token][belief.tutor]) _believeKept(belief.token, belief.tutor, price - fee);
        else paid.sentToTutor = price - fee;
        if (unreachable[belief.token][belief.student]) _believeKept(belief.token, belief.student, whole - price);
        else paid.sentToStudent = whole - price;
        for (uint256 index = 0; index < live.length; index++) {
            if (live[index] != serial) continue;
            live[index] = live[live.length - 1];
            live.pop();
        }
        buried[burials++ % 16] = serial;
    }

    function _believeKept(uint256 token, uint256 who, uint256 amount) internal {
        waiting[token] += amount;
        waitingFor[token][who] += amount;
    }
}
