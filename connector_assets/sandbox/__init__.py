"""The outside systems, simulated as HTTP servers from their fact sheets; shares no code with the clients."""
