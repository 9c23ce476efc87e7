"""What the network does with a proposed task: a pure model of attesters, aggregator and contracts."""
