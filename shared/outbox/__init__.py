"""Events on the move: outbox, relay, inbox, processor, and what an operator does to them."""
