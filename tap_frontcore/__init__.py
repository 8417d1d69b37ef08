"""A Singer tap for Frontcore, the booking and course administration system."""
