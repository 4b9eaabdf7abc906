"""The commands of `connector`, a module for each family; heavy imports stay inside them, so that --help starts at once."""
