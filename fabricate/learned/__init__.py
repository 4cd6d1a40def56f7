"""Networks of the extra ``gpu``: our own implementations, loading published weights."""
