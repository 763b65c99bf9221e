"""Campaign files, `environments.toml` and settings: read, checked as a whole, every problem with its place.

Reads files and the process environment, never the network, never an audience's rows; starts no process. What git knows
comes in as functions. Out come the frozen values of `runner.model.campaign`, or one `InvalidError` with all problems.
"""
