// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Session, Terms} from "../../src/Agreement.sol";
import {Payouts} from "../../src/Payouts.sol";
import {Record} from "../../src/Record.sol";
import {SessionEscrow} from "../../src/SessionEscrow.sol";
import {Vouchers} from "../../src/Vouchers.sol";
import {Actor} from "./Actor.sol";
import {Belief, Believer} from "./Belief.sol";
import {PickyToken} from "./OddTokens.sol";
import {Pen} from "./Pen.sol";

/// @title Gauntlet
/// @notice Calls the escrow's verbs at random, as many people at once, foretells each answer, and looks at all the money after each.
/// @dev Every call that is counted is checked against the belief: passed or refused as foretold, with the very refusal; then the
/// escrow's balances, the people's, what waits, the status. Anything else reverts the transaction with what was wrong.
contract Gauntlet is Believer {
    SessionEscrow internal escrow;
    address[TOKENS] internal tokens;
    address[9] internal people;
    uint256 internal meterKey;
    bytes32 internal domain;
    uint256 internal chance;
    uint256 internal requests;

    /// @notice Calls made and checked, in all and by verb; and how many of them passed.
    uint256 public calls;
    uint256[10] public tried;
    uint256[10] public passedOf;
    /// @notice How often each refusal was foretold and came.
    mapping(bytes4 refusal => uint256) public refusedWith;

    error Broken(uint256 call, string what, bytes4 expected, bytes4 got);

    receive() external payable {}

    function begin(SessionEscrow escrow_, address[TOKENS] calldata tokens_, address[9] calldata people_, uint256 key)
        external
    {
        (escrow, tokens, people, meterKey) = (escrow_, tokens_, people_, key);
        feeBps = escrow_.FEE_BPS();
        window = escrow_.DISPUTE_WINDOW();
        delay = escrow_.RECLAIM_DELAY();
        domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Fairminute SessionEscrow"),
                keccak256("1"),
                block.chainid,
                address(escrow_)
            )
        );
        for (uint8 who = 0; who < STUDENTS; who++) {
            for (uint256 token = 1; token < TOKENS; token++) {
                bytes memory approve = abi.encodeCall(IERC20.approve, (address(escrow_), type(uint256).max));
                (bool done,) = _do(who, tokens_[token], 0, approve);
                require(done, "approve");
            }
        }
    }

    /// @notice Some random calls in one transaction, all in the same second.
    function run(uint256 seed, uint256 count) external {
        chance = seed;
        for (uint256 step = 0; step < count; step++) _step();
    }

    /// @notice What must always be possible without the meter, once every window has passed: everybody gets what is theirs, and
    /// nothing is left.
    function drain() external {
        for (uint256 who = 0; who < 9; who++) _setReachable(who);
        while (live.length > 0) {
            uint256 serial = live[live.length - 1];
            Belief storage belief = beliefs[serial];
            if (belief.status == 1) _reclaim(serial, belief.student);
            else _settle(serial, STRANGER);
            if (belief.status != 4) revert Broken(calls, "a student does not get the rest back", 0, 0);
        }
        for (uint256 token = 0; token < TOKENS; token++) {
            for (uint8 who = 0; who < 9; who++) if (waitingFor[token][who] > 0) _withdraw(token, who);
            if (_holding(token, address(escrow)) != 0) revert Broken(calls, "something is left", 0, 0);
        }
    }

    function _step() private {
        uint256 die = _roll(100);
        if (die < 20) return _open();
        if (die < 24) return _endByTutor();
        if (die < 34) return _onSession(_endByClock, 1, true);
        if (die < 40) return _onSession(_voucher, 0, false);
        if (die < 52) return _onSession(_prove, 0, false);
        if (die < 64) return _onSession(_dispute, 2, false);
        if (die < 80) return _onSession(_settle, 2 + _roll(2), false);
        if (die < 92) return _onSession(_reclaim, 1, false);
        if (die < 96) return _withdraw(_roll(TOKENS), uint8(_roll(9)));
        _changeMood();
    }

    /// @notice A verb on a session, by a person: mostly one that stands where the verb needs it, and somebody who has a part in it.
    function _onSession(function(uint256, uint8) verb, uint256 status, bool isTutorFirst) private {
        uint256 serial = _anySerial();
        for (uint256 tries = 0; tries < 5 && status != 0 && serial != 0; tries++) {
            if (beliefs[serial].status == status) break;
            serial = _anySerial();
        }
        if (serial == 0) return _open();
        uint256 die = _roll(12);
        Belief storage belief = beliefs[serial];
        uint8 who = (die < 7) == isTutorFirst ? belief.tutor : belief.student;
        if (die == 10) who = METER;
        if (die == 11) who = uint8(_roll(9));
        verb(serial, who);
    }

    function _open() private {
        Belief memory belief;
        belief.student = uint8(_roll(STUDENTS));
        belief.tutor = uint8(STUDENTS + _roll(TUTORS));
        belief.token = uint8(_roll(TOKENS));
        belief.rate = uint128(_roll(40) == 0 ? 0 : 1 + _roll(5000));
        belief.longest = uint32(_roll(40) == 0 ? 0 : 1 + _roll(1800));
        belief.request = bytes32(++requests);
        belief.status = 1;
        belief.openedAt = uint40(block.timestamp);
        bool again = _roll(10) == 0 && burials > 0;
        if (again) {
            Belief storage old = beliefs[buried[_roll(burials < 16 ? burials : 16)]];
            (belief.student, belief.tutor, belief.token) = (old.student, old.tutor, old.token);
            (belief.rate, belief.longest, belief.request) = (old.rate, old.longest, old.request);
        }
        Terms memory terms = Terms({
            tutor: people[belief.tutor],
            token: tokens[belief.token],
            ratePerMinute: belief.rate,
            maxSeconds: belief.longest,
            languageId: 1,
            requestId: belief.request
        });
        uint256 asked = belief.token == 0 ? _price(belief.rate, belief.longest) : 0;
        uint256 sent = _roll(20) == 0 ? asked + 1 : asked;
        bytes4 refusal;
        if (belief.rate == 0 || belief.longest == 0) refusal = Record.BadTerms.selector;
        else if (again) refusal = Record.SessionExists.selector;
        else if (running[belief.student][belief.tutor] != 0) refusal = Record.SessionRunning.selector;
        else if (sent != asked) refusal = Payouts.DepositMismatch.selector;
        belief.id = keccak256(abi.encode(block.chainid, address(escrow), people[belief.student], terms));
        _call(0, belief.student, sent, abi.encodeCall(SessionEscrow.openSession, (terms)), refusal);
        if (refusal == 0) _believeOpened(belief);
        _lookAtMoney();
        if (refusal == 0) _lookAt(serials);
    }

    function _endByTutor() private {
        uint8 who = uint8(_roll(3) == 0 ? _roll(9) : 0);
        uint256 tutor = STUDENTS + _roll(TUTORS);
        uint256 serial = who < STUDENTS ? running[who][tutor] : 0;
        bytes4 refusal;
        if (who != 0) refusal = Record.NameTheSession.selector;
        else if (serial == 0) refusal = Record.NoRunningSession.selector;
        bytes memory data = abi.encodeWithSignature("endSession(address)", people[tutor]);
        uint256 time = serial == 0 ? 0 : _clock(beliefs[serial]);
        _callAndClose(1, who, data, refusal, refusal == 0 ? serial : 0, time);
    }

    function _endByClock(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        bytes4 refusal;
        if (belief.status == 4) refusal = Record.WrongStatus.selector;
        else if (who == belief.student) refusal = 0;
        else if (who != belief.tutor) refusal = Record.NotYours.selector;
        else if (belief.status != 1) refusal = Record.WrongStatus.selector;
        else if (_isReclaimable(belief)) refusal = Record.TooLate.selector;
        bytes memory data = abi.encodeCall(SessionEscrow.endByClock, (belief.id));
        if (refusal == 0 && who == belief.student) return _callAndClose(2, who, data, 0, serial, _clock(belief));
        _call(2, who, 0, data, refusal);
        if (refusal == 0) _believeStopped(serial);
        _lookAtMoney();
        _lookAt(serial);
    }

    /// @notice Something that the meter signed, rightly or with something wrong about it.
    function _sign(Belief storage belief, bool isFinal, uint256 time) private returns (bytes memory, bool isGood) {
        uint256 flaw = _roll(24);
        bytes32 kind = keccak256(
            isFinal != (flaw == 1)
                ? bytes("Voucher(bytes32 sessionId,uint64 provenSeconds)")
                : bytes("Interim(bytes32 sessionId,uint64 provenSeconds)")
        );
        bytes32 id = flaw == 2 ? keccak256(abi.encode(belief.id)) : belief.id;
        bytes32 content = keccak256(abi.encode(kind, id, flaw == 3 ? time + 1 : time));
        bytes32 place = flaw == 4 ? keccak256(abi.encode(domain)) : domain;
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", place, content));
        return (Pen.sign(flaw == 5 ? meterKey + 1 : meterKey, digest, flaw == 6), flaw == 0 || flaw > 6);
    }

    function _voucher(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        uint64 time = uint64(_roll(10) == 0 ? type(uint64).max - _roll(5) : _roll(2000));
        (bytes memory signature, bool isGood) = _sign(belief, true, time);
        bytes4 refusal;
        if (belief.status == 4) refusal = Record.WrongStatus.selector;
        else if (!_isParty(belief, who)) refusal = Record.NotYours.selector;
        else if (!isGood) refusal = Vouchers.NotSignedByMeter.selector;
        else if (time < belief.proven) refusal = Record.LowerThanProven.selector;
        uint256 clock = _clock(belief);
        bytes memory data =
            abi.encodeWithSignature("endSession(bytes32,uint64,bytes)", belief.id, time, signature);
        _callAndClose(3, who, data, refusal, serial, time < clock ? time : clock);
    }

    function _prove(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        uint64 time = uint64(_roll(10) == 0 ? type(uint64).max - _roll(5) : _roll(600));
        (bytes memory signature, bool isGood) = _sign(belief, false, time);
        uint256 clock = _clock(belief);
        uint256 counted = time < clock ? time : clock;
        bytes4 refusal;
        if (belief.status == 4) refusal = Record.WrongStatus.selector;
        else if (!_isParty(belief, who)) refusal = Record.NotYours.selector;
        else if (!isGood) refusal = Vouchers.NotSignedByMeter.selector;
        else if (counted <= belief.proven) refusal = Record.LowerThanProven.selector;
        _call(4, who, 0, abi.encodeCall(SessionEscrow.prove, (belief.id, time, signature)), refusal);
        if (refusal == 0) belief.proven = uint32(counted);
        _lookAtMoney();
        _lookAt(serial);
    }

    function _dispute(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        bytes4 refusal;
        if (belief.status == 4) refusal = Record.WrongStatus.selector;
        else if (who != belief.student) refusal = Record.NotYours.selector;
        else if (belief.status != 2) refusal = Record.WrongStatus.selector;
        else if (block.timestamp > belief.until) refusal = Record.TooLate.selector;
        _call(5, who, 0, abi.encodeCall(SessionEscrow.dispute, (belief.id)), refusal);
        if (refusal == 0) (belief.status, belief.until) = (3, uint40(block.timestamp + window));
        _lookAtMoney();
        _lookAt(serial);
    }

    function _settle(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        bytes4 refusal;
        if (belief.status == 4 || belief.status == 1) refusal = Record.WrongStatus.selector;
        else if (block.timestamp <= belief.until) refusal = Record.TooEarly.selector;
        uint256 time = belief.status == 2 ? belief.stopped : belief.proven;
        _callAndClose(6, who, abi.encodeCall(SessionEscrow.settle, (belief.id)), refusal, serial, time);
    }

    function _reclaim(uint256 serial, uint8 who) private {
        Belief storage belief = beliefs[serial];
        bytes4 refusal;
        if (belief.status == 4) refusal = Record.WrongStatus.selector;
        else if (who != belief.student) refusal = Record.NotYours.selector;
        else if (belief.status != 1) refusal = Record.WrongStatus.selector;
        else if (!_isReclaimable(belief)) refusal = Record.TooEarly.selector;
        bytes memory data = abi.encodeCall(SessionEscrow.reclaim, (belief.id));
        _callAndClose(7, who, data, refusal, serial, belief.proven);
    }

    function _withdraw(uint256 token, uint8 who) private {
        uint256 amount = waitingFor[token][who];
        bytes4 refusal;
        if (amount == 0) refusal = Payouts.NothingWaiting.selector;
        else if (unreachable[token][who]) refusal = Payouts.WithdrawalRefused.selector;
        uint256 before = _holding(token, people[who]);
        _call(8, who, 0, abi.encodeCall(Payouts.withdraw, (tokens[token], people[who])), refusal);
        if (refusal == 0) {
            waiting[token] -= amount;
            waitingFor[token][who] = 0;
            if (_holding(token, people[who]) != before + amount) revert Broken(calls, "a withdrawal", 0, 0);
        }
        _lookAtMoney();
    }

    /// @notice Makes somebody reachable or not: a wallet of the chain's own coin, or an account that a token serves.
    function _changeMood() private {
        uint256 who = 1 + _roll(8);
        if (_roll(2) == 0) return _setReachable(who);
        if (_roll(2) == 0) {
            Actor(payable(people[who])).setMood(Actor.Mood(1 + _roll(3)));
            unreachable[0][who] = true;
        } else {
            PickyToken(tokens[2]).setBlocked(people[who], true);
            PickyToken(tokens[2]).setAnswersFalse(_roll(2) == 0);
            unreachable[2][who] = true;
        }
    }

    function _setReachable(uint256 who) private {
        if (unreachable[0][who]) Actor(payable(people[who])).setMood(Actor.Mood.Takes);
        if (unreachable[2][who]) PickyToken(tokens[2]).setBlocked(people[who], false);
        (unreachable[0][who], unreachable[2][who]) = (false, false);
    }

    /// @notice A call that closes a session if it passes, with a look at what student and tutor got.
    function _callAndClose(uint256 verb, uint8 who, bytes memory data, bytes4 refusal, uint256 serial, uint256 time)
        private
    {
        if (refusal != 0) {
            _call(verb, who, 0, data, refusal);
        } else {
            Belief storage belief = beliefs[serial];
            uint256 token = belief.token;
            (address student, address tutor) = (people[belief.student], people[belief.tutor]);
            uint256 ofStudent = _holding(token, student);
            uint256 ofTutor = _holding(token, tutor);
            _call(verb, who, 0, data, 0);
            Paid memory paid = _believeClosed(serial, time);
            if (_holding(token, student) != ofStudent + paid.sentToStudent) revert Broken(calls, "the student", 0, 0);
            if (_holding(token, tutor) != ofTutor + paid.sentToTutor) revert Broken(calls, "the tutor", 0, 0);
        }
        _lookAtMoney();
        if (serial != 0) _lookAt(serial);
    }

    function _call(uint256 verb, uint8 who, uint256 value, bytes memory data, bytes4 refusal) private {
        (bool passed, bytes memory answer) = _do(who, address(escrow), value, data);
        bytes4 got = passed ? bytes4(0) : bytes4(answer);
        calls++;
        tried[verb]++;
        if (got != refusal || passed != (refusal == 0)) revert Broken(calls, "another answer", refusal, got);
        if (passed) passedOf[verb]++;
        else refusedWith[refusal]++;
    }

    function _do(uint8 who, address target, uint256 value, bytes memory data) private returns (bool, bytes memory) {
        // A wallet that burns gas burns what a withdrawal brings: no more than a common transaction has.
        if (who == 0) return target.call{value: value, gas: 2_000_000}(data);
        return Actor(payable(people[who])).tryAct{value: value, gas: 2_000_000}(target, value, data);
    }

    /// @notice Every token's balance is the open deposits and what waits: no more, no less.
    function _lookAtMoney() private view {
        for (uint256 token = 0; token < TOKENS; token++) {
            if (_holding(token, address(escrow)) != deposited[token] + waiting[token]) {
                revert Broken(calls, "the escrow's balance", 0, bytes4(uint32(token)));
            }
        }
    }

    /// @notice A session stands where it is believed to stand, and what waits for its people is what should.
    function _lookAt(uint256 serial) private view {
        Belief storage belief = beliefs[serial];
        Session memory session = escrow.sessionOf(belief.id);
        if (uint8(session.status) != belief.status) revert Broken(calls, "the status", 0, 0);
        if (session.provenSeconds != belief.proven) revert Broken(calls, "the proven seconds", 0, 0);
        (address student, address tutor) = (people[belief.student], people[belief.tutor]);
        uint256 serialNow = running[belief.student][belief.tutor];
        if (escrow.openSessionOf(student, tutor) != (serialNow == 0 ? bytes32(0) : beliefs[serialNow].id)) {
            revert Broken(calls, "the running session", 0, 0);
        }
        uint8[3] memory owners = [belief.student, belief.tutor, PLATFORM];
        for (uint256 index = 0; index < 3; index++) {
            uint8 owner = owners[index];
            if (escrow.waitingOf(tokens[belief.token], people[owner]) != waitingFor[belief.token][owner]) {
                revert Broken(calls, "what waits", 0, 0);
            }
        }
    }

    function _holding(uint256 token, address who) private view returns (uint256) {
        return token == 0 ? who.balance : IERC20(tokens[token]).balanceOf(who);
    }

    /// @notice Mostly a session that lives, sometimes one that is closed; zero if there is none.
    function _anySerial() private returns (uint256) {
        if (burials > 0 && _roll(12) == 0) return buried[_roll(burials < 16 ? burials : 16)];
        return live.length == 0 ? 0 : live[_roll(live.length)];
    }

    function _roll(uint256 sides) private returns (uint256) {
        chance = uint256(keccak256(abi.encode(chance)));
        return chance % sides;
    }
}
