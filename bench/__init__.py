"""Throughput beside naive peers, in one run. Ratios count; absolute figures are this machine's."""
