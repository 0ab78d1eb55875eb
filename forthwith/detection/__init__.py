"""Alerts become signals, signals become an incident."""
