"""Figures of avsctl on local nodes, for people: nothing here passes or fails."""
