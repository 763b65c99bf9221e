"""From files to a plan: load, read, compile, compare with the ledger. Sends nothing and asks the vendor nothing.

`apply` calls it again, with the reviewed plan beside it, and sends from what it leaves in scratch.
"""
