"""The parts of `bench/kills.py`: what is killed, by whom it is served, and who judges at the end."""
