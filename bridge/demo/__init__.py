"""A small made-up retailer to try everything with. Never used in production."""
