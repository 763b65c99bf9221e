"""Campaign-as-config for outbound voice calls: reviewed in git, planned as data, applied once."""

__version__ = "0.1.0"
