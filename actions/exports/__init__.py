"""A shop that is known by the CSV files its system exports."""
