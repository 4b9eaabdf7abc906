"""One folder per outside system: small typed clients that know nothing of flows, records or Dagster."""
