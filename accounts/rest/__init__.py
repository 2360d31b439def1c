"""What every API edge stands on: workspace scoping, paging, refusals, idempotency, throttling, the document's words."""
