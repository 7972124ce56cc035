"""`make bench-NAME`: us and a peer in one run, as a table and as build/bench/NAME.json."""
