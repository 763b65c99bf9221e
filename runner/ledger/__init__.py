"""The ledger: an append-only, hash-chained record in a database, the leases on it, its key, and the receipts beside it.

Import the submodules: `open` (find, open, create, migrate, bind), `key`, `heartbeat`, `receipts`. Nothing here makes a
ledger, a key or a newer schema by itself, and no message repeats what a library or a database said.
"""
