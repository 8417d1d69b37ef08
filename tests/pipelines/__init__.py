"""Whole pipelines, through Meltano into the targets that people use."""
