"""The dashboard's door: who is let in, and what a browser is told. It reads nothing by itself and shows what it is given.

`access` decides, `app` answers, `serve` has the socket. Nobody who has not signed in learns anything but that there is a
sign-in: every path answers the same.
"""
