"""What lies behind :mod:`ingest.pages`: bytes to lines, lines to blocks, bylines to dates, TeX to Unicode."""
