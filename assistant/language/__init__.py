"""What words ask for and name: terms, phrases, dates, names, other languages. Knows no paper and no library."""
