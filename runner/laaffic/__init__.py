"""The vendor's HTTP API: the only package that knows its words, codes, paths and times.

`runner.laaffic.adapter.Laaffic` satisfies `runner.ports.Vendor`; `runner.laaffic.capacity.CAPACITY` is what planning needs
of it, and needs no credentials. Sources are the vendor's public pages; where they disagree or stop, the careful reading is
taken and a comment says so.
"""
