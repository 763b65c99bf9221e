"""Hashing: the ledger key and its subkeys, keyed 128-bit values singly and in columns, and digests of settings.

Everything that leaves the machine and depends on a person is keyed: names, amounts and numbers can be guessed.
"""
