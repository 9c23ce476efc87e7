"""How a result looks: the JSON envelope, and the screens for terminals, pipes, csv and markdown."""
