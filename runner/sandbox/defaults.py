"""Address and credentials of a sandbox that nobody configured.

The settings of the sandbox environment repeat these values; a test compares the two.
"""

from typing import Final

HOST: Final = "127.0.0.1"
PORT: Final = 8089
API_KEY: Final = "sandbox-key"
API_SECRET: Final = "sandbox-secret"  # noqa: S105 - a published constant of a simulator, not a secret
