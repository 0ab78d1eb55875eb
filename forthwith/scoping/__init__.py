"""Evidence becomes one list of affected people."""
