"""Local nodes with contracts that behave, and misbehave, as the real ones do."""
