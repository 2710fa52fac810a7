// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Test token
/// @notice A plain ERC-20 with permit and six decimals, for tests and the sandbox. Everybody may mint: it is worth nothing.
contract TestToken is ERC20, ERC20Permit {
    /// @notice Names the token.
    constructor() ERC20("Fairminute Test Dollar", "FMTD") ERC20Permit("Fairminute Test Dollar") {}

    /// @notice Six, as the common dollar tokens have.
    /// @return The decimals.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @notice Makes coins for anybody.
    /// @param to Who gets them.
    /// @param amount How many of the smallest unit.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
