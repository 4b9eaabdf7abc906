"""The proof that every document is posted exactly once; `python -m connector_tests.faults` prints it as a table.

- `gateway.py`: a ledger in memory that speaks the vendor's XML, keeps books in fractions, and fails on demand.
- `shapes.py`: journals, bills and payments as they stand on the wire and in those books.
- `stage.py`: virtual time, and posters that run side by side, one step at a time, in an order that a seed decides.
- `world.py`: one posting ledger, one gateway, the real poster and the real client between them; and the verdict.
- `schedules.py`: a seed becomes a schedule of faults, deaths, rivals and clock jumps, and is played.
- `mutants.py`: posters with one rule missing, which the same schedules must catch.
- `process.py`: a real process that posts over sockets, for the tests that kill it.
"""
