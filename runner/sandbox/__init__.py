"""The simulator of the vendor: for demos, tests and rehearsals, never for a real call.

It is an independent reading of the vendor's documents, so nothing here imports another package of this
project, and least of all the client. What the documents leave open is a switch (``switches.py``) or, where
the reading does not matter to a client, an assumption that is called one beside the code.

``engine.Engine`` is the vendor without HTTP, ``gateway.answer`` is HTTP without sockets, ``server`` has the
sockets.
"""
