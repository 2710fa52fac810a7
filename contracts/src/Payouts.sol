// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Money in, money out
/// @notice Takes deposits that arrive whole, sends what is due, and keeps for its owner what could not be sent.
/// @dev A receiver that refuses, burns gas or answers with megabytes never stops anybody else's payment.
abstract contract Payouts is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Stands for the chain's own coin where a token's address is asked.
    address public constant NATIVE = address(0);

    /// @notice The gas that a receiver of the chain's own coin may use: enough for a wallet that is a contract, too little to harm.
    uint256 public constant PUSH_GAS = 50_000;

    /// @notice What waits to be withdrawn, by token and owner.
    mapping(address token => mapping(address account => uint256 amount)) public waitingOf;

    /// @notice A payment could not be sent, or is the platform's, and waits for its owner to withdraw it.
    /// @param token The token; zero is the chain's own coin.
    /// @param account Whose it is.
    /// @param amount How much was added to what waits.
    event PaymentKept(address indexed token, address indexed account, uint256 amount);

    /// @notice Somebody took what waited for them.
    /// @param token The token; zero is the chain's own coin.
    /// @param account Whose it was.
    /// @param to Where they had it sent.
    /// @param amount How much.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice The deposit that arrived is not the one that was agreed: too little or too much value, or a token that takes a fee.
    /// @param expected What the terms ask.
    /// @param arrived What came.
    error DepositMismatch(uint256 expected, uint256 arrived);

    /// @notice There is no contract where a token was named.
    /// @param token The address given.
    error NotAToken(address token);

    /// @notice There is nothing to withdraw.
    /// @param token The token that was asked for.
    /// @param account The one who asked.
    error NothingWaiting(address token, address account);

    /// @notice A receiver that cannot be one: nobody, or this contract.
    /// @param receiver The address given.
    error BadReceiver(address receiver);

    /// @notice The receiver named in a withdrawal did not take the money; it goes on waiting.
    /// @param to The receiver.
    error WithdrawalRefused(address to);

    /// @notice Takes all that waits for the sender.
    /// @param token The token; zero is the chain's own coin.
    /// @param to Where to send it, so that an account that cannot receive is not stuck with what it is owed.
    /// @return amount How much was sent.
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert BadReceiver(to);
        amount = waitingOf[token][msg.sender];
        if (amount == 0) revert NothingWaiting(token, msg.sender);
        waitingOf[token][msg.sender] = 0;
        emit Withdrawn(token, msg.sender, to, amount);
        if (!_send(token, to, amount, gasleft())) revert WithdrawalRefused(to);
    }

    /// @notice Takes a deposit from the sender: exactly the amount, or nothing.
    /// @dev What arrives is measured. A token that takes a fee on the way, or rebases in the middle of it, is refused: a tutor would
    /// otherwise teach for a deposit that cannot pay for the time that was agreed.
    /// @param token The token; zero is the chain's own coin.
    /// @param amount What the terms ask.
    function _takeDeposit(address token, uint256 amount) internal {
        if (token == NATIVE) {
            if (msg.value != amount) revert DepositMismatch(amount, msg.value);
            return;
        }
        if (msg.value != 0) revert DepositMismatch(0, msg.value);
        _requireToken(token);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 arrived = IERC20(token).balanceOf(address(this)) - before;
        if (arrived != amount) revert DepositMismatch(amount, arrived);
    }

    /// @notice Passes if there is a contract at a token's address.
    /// @param token The address given.
    function _requireToken(address token) internal view {
        if (token.code.length == 0) revert NotAToken(token);
    }

    /// @notice Sends a payment, or keeps it for its owner if it cannot be sent.
    /// @param token The token; zero is the chain's own coin.
    /// @param account Whose it is.
    /// @param amount How much; nothing happens for zero.
    function _pay(address token, address account, uint256 amount) internal {
        if (amount != 0 && !_send(token, account, amount, PUSH_GAS)) _keep(token, account, amount);
    }

    /// @notice Keeps a payment for its owner to withdraw.
    /// @param token The token; zero is the chain's own coin.
    /// @param account Whose it is.
    /// @param amount How much; nothing happens for zero.
    function _keep(address token, address account, uint256 amount) internal {
        if (amount == 0) return;
        waitingOf[token][account] += amount;
        emit PaymentKept(token, account, amount);
    }

    /// @notice Tries to send; never reverts because of the receiver.
    /// @dev The answer of the receiver is not copied, so that its length costs nothing.
    /// @param token The token; zero is the chain's own coin.
    /// @param to The receiver.
    /// @param amount How much.
    /// @param gasForCoin The gas that a receiver of the chain's own coin may use.
    /// @return sent Whether it went.
    function _send(address token, address to, uint256 amount, uint256 gasForCoin) private returns (bool sent) {
        if (token != NATIVE) return IERC20(token).trySafeTransfer(to, amount);
        assembly ("memory-safe") {
            sent := call(gasForCoin, to, amount, 0, 0, 0, 0)
        }
    }
}
