"""What happened: one module per aggregate. The names of types and fields are the storage format."""
