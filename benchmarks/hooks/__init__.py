"""What the webhook benchmark brings along: rows, signed requests, a load process, and a site with views to compare."""
