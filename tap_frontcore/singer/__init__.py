"""The Singer protocol, and where the SDK is overruled. Nothing here knows of Frontcore."""
