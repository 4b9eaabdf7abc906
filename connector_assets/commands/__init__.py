"""The commands of `connector`, a module for each family; heavy imports stay inside them: --help starts at once."""
