// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Fee token
/// @notice An ERC-20 that may keep one percent of every transfer.
contract FeeToken is ERC20 {
    bool public takesFee = true;

    constructor() ERC20("Fee", "FEE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(bool takes) external {
        takesFee = takes;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (takesFee && from != address(0) && to != address(0)) super._update(to, address(0), amount / 100);
    }
}

/// @title Reentrant token
/// @notice An ERC-20 that calls somebody in the middle of each transfer, as tokens with hooks do.
contract ReentrantToken is ERC20 {
    address public backTarget;
    bytes public backData;
    uint256 public backCount;
    bool public backPassed;
    bytes public backAnswer;

    constructor() ERC20("Reentrant", "RE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBack(address target, bytes calldata data) external {
        backTarget = target;
        backData = data;
        backCount = 0;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (backTarget == address(0) || from == address(0)) return;
        backCount++;
        (backPassed, backAnswer) = backTarget.call(backData);
    }
}

/// @title Picky token
/// @notice An ERC-20 that does not pay everybody: it has a list, and for some on it answers `false` instead of reverting.
contract PickyToken is ERC20 {
    mapping(address account => bool blocked) public isBlocked;
    bool public answersFalse;

    constructor() ERC20("Picky", "PICK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function setAnswersFalse(bool answers) external {
        answersFalse = answers;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (isBlocked[to] && answersFalse) return false;
        require(!isBlocked[to], "blocked");
        return super.transfer(to, amount);
    }
}

/// @title Silent token
/// @notice A token of the old kind: its transfers return nothing.
contract SilentToken {
    mapping(address account => uint256 amount) public balanceOf;
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
