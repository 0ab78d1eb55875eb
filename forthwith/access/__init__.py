"""Who may come in, as what, and how it is proven."""
