// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Actor
/// @notice A contract that plays student, tutor or platform, and receives the chain's own coin in a good or a bad mood.
contract Actor {
    /// @notice How it meets a payment.
    enum Mood {
        Takes,
        Refuses,
        BurnsGas,
        AnswersMegabytes,
        CallsBack
    }

    Mood public mood;
    /// @notice The call that is made while a payment comes in, whether it was made and let through, and the refusal it got.
    /// @dev One slot beside the data: a payment brings little gas.
    address public backTarget;
    bool public backMade;
    bool public backPassed;
    bytes4 public backAnswer;
    bytes public backData;

    function setMood(Mood next) external {
        mood = next;
    }

    function setBack(address target, bytes calldata data) external {
        mood = Mood.CallsBack;
        backTarget = target;
        backData = data;
        backMade = false;
    }

    /// @notice Does anything in its own name.
    function act(address target, uint256 value, bytes calldata data) external payable returns (bytes memory) {
        (bool passed, bytes memory answer) = target.call{value: value}(data);
        if (!passed) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return answer;
    }

    /// @notice The same, but a refusal is an answer.
    function tryAct(address target, uint256 value, bytes calldata data)
        external
        payable
        returns (bool passed, bytes memory answer)
    {
        (passed, answer) = target.call{value: value}(data);
    }

    receive() external payable {
        if (mood == Mood.Takes) return;
        if (mood == Mood.Refuses) revert("no, thank you");
        if (mood == Mood.BurnsGas) {
            while (true) {}
        }
        if (mood == Mood.AnswersMegabytes) {
            assembly {
                revert(0, 30000)
            }
        }
        (bool passed, bytes memory answer) = backTarget.call(backData);
        (backMade, backPassed, backAnswer) = (true, passed, bytes4(answer));
    }
}
