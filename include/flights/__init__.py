"""The demo model: will a flight arrive late, as known at its scheduled departure."""
