"""The domain, pure: frozen dataclasses and functions on integers. Standard library only."""
