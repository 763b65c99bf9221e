"""After the call: many reports of a call become one outcome, and outcomes become the figures that people look at.

The core of it: no I/O, no clock. Frames in, frames and figures out; schemas in `runner.frames`.
"""
