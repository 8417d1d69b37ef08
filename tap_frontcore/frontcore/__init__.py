"""The Frontcore API. Of the SDK it knows the authenticator and the paginator, nothing else."""
