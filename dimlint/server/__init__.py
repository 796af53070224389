"""The editor server: a language server of the Language Server Protocol over standard input and output, or TCP."""
