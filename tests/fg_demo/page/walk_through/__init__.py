"""The walk-through: its steps."""
