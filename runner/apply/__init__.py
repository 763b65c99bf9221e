"""The one place where phones can ring: the protocol of design section 8 over the ports.

reconcile ─► settle ─► plan again and intersect ─► acknowledge ─► [intent ─► request ─► answer]… ─► confirm ─► receipt
"""
