// Any viem wallet client as the wallet of this package. viem itself is loaded when the wallet is first used.
import type { Abi, Account, Chain, Client, Transport, WalletClient } from "viem";
import type { ContractCall, EscrowWallet } from "./wallet.ts";

type Reads = Client<Transport, Chain | undefined, Account | undefined>;

/** viem takes ABI and arguments with their types; here they were forgotten on the way through the interface. */
const bare = ({ address, abi, functionName, args, value }: ContractCall) => ({
  address,
  abi: abi as Abi,
  functionName,
  args: [...args],
  ...(value === undefined ? {} : { value }),
});

/** Wallets know some chains only; the sandbox's has to be told to them. */
const unknownChain = 4902;

/**
 * Makes the wallet.
 * @param client with an account; reads go the same way as its transactions
 * @param name how the wallet is called on screen
 */
export function viemWallet(client: WalletClient<Transport, Chain | undefined, Account>, name = "Wallet"): EscrowWallet {
  const { account } = client;
  const reads = client as unknown as Reads;
  const actions = () => import("viem/actions");
  const chain = client.chain ?? null;
  return {
    name,
    address: account.address,
    chainId: async () => (await actions()).getChainId(reads),
    async switchChain(chainId) {
      const { switchChain, addChain } = await actions();
      try {
        await switchChain(client, { id: chainId });
      } catch (error) {
        if ((error as { code?: unknown }).code !== unknownChain || chain?.id !== chainId) throw error;
        await addChain(client, { chain });
      }
    },
    signMessage: async (message) => (await actions()).signMessage(client, { account, message }),
    signTypedData: async (data) => (await actions()).signTypedData(client, { account, ...data }),
    read: async (call) => (await actions()).readContract(reads, bare(call)),
    async write(call) {
      const { simulateContract, writeContract } = await actions();
      const tried = { ...bare(call), account };
      await simulateContract(reads, tried);
      return writeContract(client, { ...tried, chain } as never);
    },
    async waitFor(hash) {
      const { waitForTransactionReceipt } = await actions();
      const receipt = await waitForTransactionReceipt(reads, { hash, timeout: 0 });
      const { transactionHash, blockNumber, status } = receipt;
      return { transactionHash, blockNumber, succeeded: status === "success" };
    },
  };
}
