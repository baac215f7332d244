//! Argument shapes → a plan; one file per subcommand. Does no I/O beyond handing the plan to the pipeline.
