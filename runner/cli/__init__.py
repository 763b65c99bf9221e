"""The command line: arguments, clock, progress, exit codes. One file a command; what it needs is imported when it runs."""
