"""Who is called: numbers normalised and judged, typed cells checked, people keyed, duplicates and exclusions settled.

Frames in, frames out: no file, no clock, no order of rows in any result. Nothing here puts a cell into a message.
"""
