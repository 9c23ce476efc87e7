"""Values that the tests of settings share."""

from avsctl.core.deployment import Layer

L2_ONLY = frozenset({Layer.L2})

GOVERNANCE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CENTER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
CENTER_2 = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
MULTISIG = "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"

L1_URL = "https://l1.example/v3/SECRET-one"
L2_URL = "https://l2.example/v3/SECRET-two"
L2_URL_2 = "https://user:SECRET-three@other.example/"

ENVIRON = {
    "L1_RPC": L1_URL,
    "L2_RPC": L2_URL,
    "AVS_GOVERNANCE_ADDRESS": GOVERNANCE,
    "ATTESTATION_CENTER_ADDRESS": CENTER,
}

OLD_STATE = {
    "L1": {"L1MessageHandler": CENTER_2, "AvsGovernance": GOVERNANCE, "ERC20": "0x" + "E" * 40},
    "L2": {"OBLS": CENTER_2, "AttestationCenter": CENTER, "InternalTaskHandler": CENTER_2},
    "timestamp": 1738000000,
}
MAY_STATE = {"L1": {"AvsGovernance": GOVERNANCE}, "L2s": [{"chainId": 84532, "AttestationCenter": CENTER}]}
AUGUST_STATE = {
    "L1": {"chainId": 11155111, "AvsGovernance": GOVERNANCE},
    "L2s": [
        {"chainId": 11155111, "AttestationCenter": CENTER},
        {"chainId": 84532, "AttestationCenter": CENTER_2},
    ],
}
