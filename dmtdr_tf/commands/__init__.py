"""The subcommands of `dmtdr`, one module each."""
