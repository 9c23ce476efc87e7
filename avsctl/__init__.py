"""Admin toolkit for an AVS on the Othentic Stack."""

__version__ = "0.1.0"
