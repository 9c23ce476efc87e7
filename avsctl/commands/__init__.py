"""One file per noun: a command unpacks options, calls down and returns a result."""
