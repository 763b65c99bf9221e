"""Takes the vendor's pushes in: stores each body as it came, answers, and leaves the reading to `collect`.

It faces the internet and is not signed to, so it knows nothing: no ledger, no key, no campaign. Its database role can put
into the inbox and do nothing else.
"""
