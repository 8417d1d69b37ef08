"""Tests of tap-frontcore, and the fake of the API that they and the demo talk to."""
