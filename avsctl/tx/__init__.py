"""Preparing transactions: from an intent to calls, their simulation, their guards, and the ways out."""
