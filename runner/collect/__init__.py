"""After the call: what was pushed and what the vendor's records say is folded into the ledger, and doubts are settled by it.

A push is a hint: it is kept as reported and settles nothing. A record proves a call; its absence proves nothing. Everything
that is appended here is evidence, so an apply may be under way beside it.
"""
