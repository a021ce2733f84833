"""What lies behind :mod:`ingest.library`: Chroma, the manifest, the locks, and how each is mended."""
