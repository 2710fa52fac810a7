// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Ending, Price, Session, Status, Terms} from "./Agreement.sol";
import {Payouts} from "./Payouts.sol";
import {Record} from "./Record.sol";
import {Vouchers} from "./Vouchers.sol";

/// @title Session escrow
/// @notice A student deposits the price of the longest time, is taught, and the tutor is paid for the seconds that were proven.
/// @dev Nobody owns it and nothing in it can be changed: another key, fee or window is another contract. Each verb is guard, check, set
/// state, emit, move money, in this order. docs/ has one page a verb; README.md lists what is always true.
contract SessionEscrow is Record, Payouts, Vouchers {
    /// @notice The longest window that can be deployed: nobody's money may depend on a typing mistake for years.
    uint256 public constant MAX_WINDOW = 30 days;

    /// @notice Who the fee belongs to. It is never sent, always withdrawn.
    address public immutable PLATFORM;

    /// @notice The platform's share of each price, in basis points.
    uint16 public immutable FEE_BPS;

    /// @notice Seconds in which a student may dispute a tutor's claim, and then again in which the meter may answer the dispute.
    uint32 public immutable DISPUTE_WINDOW;

    /// @notice Seconds after the longest time in which a session may still be claimed; then the student may reclaim the deposit.
    uint32 public immutable RECLAIM_DELAY;

    /// @notice The one session of a student with a tutor whose clock runs; zero if there is none.
    mapping(address student => mapping(address tutor => bytes32 sessionId)) public openSessionOf;

    /// @notice Every session that was ever opened.
    mapping(bytes32 sessionId => Session session) private _sessions;

    /// @param meter The address that the meter signs with.
    /// @param platform Who the fee belongs to.
    /// @param feeBps The platform's share of each price, in basis points.
    /// @param disputeWindow Seconds to dispute a claim, and again to answer a dispute.
    /// @param reclaimDelay Seconds after the longest time before a deposit can be reclaimed.
    constructor(address meter, address platform, uint16 feeBps, uint32 disputeWindow, uint32 reclaimDelay)
        Vouchers(meter)
    {
        if (platform == address(0) || platform == address(this) || feeBps > Price.WHOLE) revert BadSettings();
        if (disputeWindow == 0 || disputeWindow > MAX_WINDOW) revert BadSettings();
        if (reclaimDelay == 0 || reclaimDelay > MAX_WINDOW) revert BadSettings();
        PLATFORM = platform;
        FEE_BPS = feeBps;
        DISPUTE_WINDOW = disputeWindow;
        RECLAIM_DELAY = reclaimDelay;
    }

    /// @notice Opens a session by depositing the price of its longest time, in the chain's own coin or an approved token.
    /// @param terms The agreement.
    /// @return sessionId The session's id, as `sessionIdOf` foretells it.
    function openSession(Terms calldata terms) external payable nonReentrant returns (bytes32 sessionId) {
        return _open(terms);
    }

    /// @notice Opens a session with a token whose allowance is signed (ERC-2612) and not sent beforehand.
    /// @dev A permit that somebody else has already used is no reason to fail: the allowance decides.
    /// @param terms The agreement.
    /// @param deadline The permit's last second.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    /// @return sessionId The session's id, as `sessionIdOf` foretells it.
    function openSessionWithPermit(Terms calldata terms, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (bytes32 sessionId)
    {
        _requireToken(terms.token);
        try IERC20Permit(terms.token).permit(msg.sender, address(this), depositOf(terms), deadline, v, r, s) {} catch {}
        return _open(terms);
    }

    /// @notice The student ends the running session with a tutor and pays by the clock, at once.
    /// @dev The form that names a tutor and no session. It is the student's alone: opening the next session is a later transaction
    /// of the same wallet, and a wallet's transactions are carried out in their order, so that a repeated or delayed end comes before
    /// the next session or never. Nothing orders a tutor's transactions against a student's, nor those that others send for a wallet.
    /// @param tutor The tutor.
    function endSession(address tutor) external nonReentrant {
        if (msg.sender != tx.origin) revert NameTheSession();
        bytes32 sessionId = openSessionOf[msg.sender][tutor];
        if (sessionId == 0) revert NoRunningSession(msg.sender, tutor);
        Session storage session = _sessions[sessionId];
        _close(sessionId, session, _clockOf(session), Ending.Time);
    }

    /// @notice Either party ends a session by the clock. The student's word pays at once; the tutor's is a claim that can be disputed.
    /// @dev After a claim the student's end agrees to it: what stood on the clock then is paid. It has a name of its own, because the
    /// usual clients cannot tell an `endSession` that takes an address from one that takes 32 bytes.
    /// @param sessionId The session.
    function endByClock(bytes32 sessionId) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        if (msg.sender == session.student) {
            _close(sessionId, session, _clockOf(session), Ending.Time);
            return;
        }
        if (msg.sender != session.tutor) revert NotYours(msg.sender);
        if (session.status != Status.Open) revert WrongStatus(sessionId, session.status);
        uint256 reclaimableFrom = _reclaimableFrom(session);
        if (block.timestamp >= reclaimableFrom) revert TooLate(reclaimableFrom - 1);
        uint32 claimedSeconds = uint32(_clockOf(session));
        uint40 until = uint40(block.timestamp + DISPUTE_WINDOW);
        session.status = Status.Claimed;
        session.claimedSeconds = claimedSeconds;
        session.until = until;
        delete openSessionOf[session.student][session.tutor];
        emit EndClaimed(sessionId, claimedSeconds, until);
    }

    /// @notice A party, or the meter itself, ends a session by the meter's voucher. Of voucher and clock the lower counts.
    /// @param sessionId The session.
    /// @param provenSeconds The seconds that the meter proved.
    /// @param signature The meter's signature over them (EIP-712, type `Voucher`).
    function endSession(bytes32 sessionId, uint64 provenSeconds, bytes calldata signature) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        _requirePart(session);
        _requireMeter(VOUCHER_TYPEHASH, sessionId, provenSeconds, signature);
        if (provenSeconds < session.provenSeconds) revert LowerThanProven(provenSeconds, session.provenSeconds);
        uint256 clock = _clockOf(session);
        _close(sessionId, session, provenSeconds < clock ? provenSeconds : clock, Ending.Voucher);
    }

    /// @notice Shows the meter's interim of a session that goes on, so that its time is paid even if the meter is never heard again.
    /// @param sessionId The session.
    /// @param provenSeconds The seconds proven so far: more than were shown before, not more than stand on the clock.
    /// @param signature The meter's signature over them (EIP-712, type `Interim`).
    function prove(bytes32 sessionId, uint64 provenSeconds, bytes calldata signature) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        _requirePart(session);
        _requireMeter(INTERIM_TYPEHASH, sessionId, provenSeconds, signature);
        uint256 clock = _clockOf(session);
        uint256 counted = provenSeconds < clock ? provenSeconds : clock;
        if (counted <= session.provenSeconds) revert LowerThanProven(counted, session.provenSeconds);
        session.provenSeconds = uint32(counted);
        emit SecondsProven(sessionId, counted);
    }

    /// @notice The student contests the tutor's claim. From now on only the meter's word is paid.
    /// @param sessionId The session.
    function dispute(bytes32 sessionId) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        if (msg.sender != session.student) revert NotYours(msg.sender);
        if (session.status != Status.Claimed) revert WrongStatus(sessionId, session.status);
        if (block.timestamp > session.until) revert TooLate(session.until);
        uint40 until = uint40(block.timestamp + DISPUTE_WINDOW);
        session.status = Status.Disputed;
        session.until = until;
        emit SessionDisputed(sessionId, until);
    }

    /// @notice Anybody carries out what lapsed: an undisputed claim is paid, a disputed one falls back to what is proven.
    /// @param sessionId The session.
    function settle(bytes32 sessionId) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        Status status = session.status;
        if (status == Status.Open) revert WrongStatus(sessionId, status);
        if (block.timestamp <= session.until) revert TooEarly(uint256(session.until) + 1);
        if (status == Status.Claimed) _close(sessionId, session, session.claimedSeconds, Ending.ClaimLapsed);
        else _close(sessionId, session, session.provenSeconds, Ending.DisputeLapsed);
    }

    /// @notice The student takes back the deposit of a session that nobody ended in time, less what is proven.
    /// @param sessionId The session.
    function reclaim(bytes32 sessionId) external nonReentrant {
        Session storage session = _liveOf(sessionId);
        if (msg.sender != session.student) revert NotYours(msg.sender);
        if (session.status != Status.Open) revert WrongStatus(sessionId, session.status);
        uint256 reclaimableFrom = _reclaimableFrom(session);
        if (block.timestamp < reclaimableFrom) revert TooEarly(reclaimableFrom);
        _close(sessionId, session, session.provenSeconds, Ending.Reclaimed);
    }

    /// @notice A session as it is stored.
    /// @param sessionId The session.
    /// @return The session; its status is `None` if there is no such one.
    function sessionOf(bytes32 sessionId) external view returns (Session memory) {
        return _sessions[sessionId];
    }

    /// @notice The id that a session will have: known before the deposit, and another one for any other term, student, contract or chain.
    /// @param student Who will deposit.
    /// @param terms The agreement.
    /// @return The id.
    function sessionIdOf(address student, Terms calldata terms) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), student, terms));
    }

    /// @notice The deposit that an agreement asks for: the price of its longest time.
    /// @param terms The agreement.
    /// @return The deposit, in the token's smallest unit.
    function depositOf(Terms calldata terms) public pure returns (uint256) {
        return Price.ofSeconds(terms.ratePerMinute, terms.maxSeconds);
    }

    /// @notice Opens a session for the sender.
    /// @param terms The agreement.
    /// @return sessionId The session's id.
    function _open(Terms calldata terms) private returns (bytes32 sessionId) {
        address tutor = terms.tutor;
        if (tutor == address(0) || tutor == msg.sender || tutor == address(this)) revert BadTerms();
        if (terms.ratePerMinute == 0 || terms.maxSeconds == 0) revert BadTerms();
        sessionId = sessionIdOf(msg.sender, terms);
        if (_sessions[sessionId].status != Status.None) revert SessionExists(sessionId);
        bytes32 running = openSessionOf[msg.sender][tutor];
        if (running != 0) revert SessionRunning(running);
        openSessionOf[msg.sender][tutor] = sessionId;
        _sessions[sessionId] = Session({
            student: msg.sender,
            openedAt: uint40(block.timestamp),
            maxSeconds: terms.maxSeconds,
            status: Status.Open,
            tutor: tutor,
            provenSeconds: 0,
            claimedSeconds: 0,
            token: terms.token,
            until: 0,
            languageId: terms.languageId,
            ratePerMinute: terms.ratePerMinute
        });
        uint256 deposit = depositOf(terms);
        emit SessionStarted(
            sessionId,
            msg.sender,
            tutor,
            terms.requestId,
            terms.token,
            terms.languageId,
            terms.ratePerMinute,
            terms.maxSeconds,
            deposit
        );
        _takeDeposit(terms.token, deposit);
    }

    /// @notice Closes a session: pays for some seconds, and gives the student the rest.
    /// @param sessionId The session.
    /// @param session The same.
    /// @param paidSeconds The seconds to pay for, never more than the longest time.
    /// @param ending What closes it.
    function _close(bytes32 sessionId, Session storage session, uint256 paidSeconds, Ending ending) private {
        (address student, address tutor, address token) = (session.student, session.tutor, session.token);
        uint256 price = Price.ofSeconds(session.ratePerMinute, paidSeconds);
        uint256 fee = Price.feeOf(price, FEE_BPS);
        uint256 rest = Price.ofSeconds(session.ratePerMinute, session.maxSeconds) - price;
        if (session.status == Status.Open) delete openSessionOf[student][tutor];
        session.status = Status.Closed;
        emit SessionEnded(sessionId, student, tutor, msg.sender, ending, paidSeconds);
        emit SessionPaid(sessionId, token, price - fee, fee, rest);
        _keep(token, PLATFORM, fee);
        _pay(token, tutor, price - fee);
        _pay(token, student, rest);
    }

    /// @notice A session that is not over; reverts for every other id.
    /// @param sessionId The session.
    /// @return session The session.
    function _liveOf(bytes32 sessionId) private view returns (Session storage session) {
        session = _sessions[sessionId];
        if (session.status == Status.None || session.status == Status.Closed) {
            revert WrongStatus(sessionId, session.status);
        }
    }

    /// @notice Passes for the student, the tutor and the meter.
    /// @param session The session.
    function _requirePart(Session storage session) private view {
        if (msg.sender == session.student || msg.sender == session.tutor || msg.sender == METER) return;
        revert NotYours(msg.sender);
    }

    /// @notice The seconds on the session's clock: since the deposit, at most the longest time, and stopped by a claim.
    /// @param session The session.
    /// @return The seconds.
    function _clockOf(Session storage session) private view returns (uint256) {
        if (session.status != Status.Open) return session.claimedSeconds;
        uint256 elapsed = block.timestamp - session.openedAt;
        return elapsed < session.maxSeconds ? elapsed : session.maxSeconds;
    }

    /// @notice The first second in which a session that nobody ended can be reclaimed.
    /// @param session The session.
    /// @return The second.
    function _reclaimableFrom(Session storage session) private view returns (uint256) {
        return uint256(session.openedAt) + session.maxSeconds + RECLAIM_DELAY;
    }
}
