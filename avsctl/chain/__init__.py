"""Reading chains: the transport, the reader pinned to one block, and the queries that give core values."""
