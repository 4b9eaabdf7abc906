"""Our clients against the sandbox: two sides written from the same facts that share no code."""
